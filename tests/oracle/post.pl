# post.pl SOCKET PATH FILE: sends a file to a daemon as its own client does, without what each start of that client costs.
# Exits with 1 where the daemon answers with an error.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($socket, $path, $file) = @ARGV;
my $daemon = IO::Socket::UNIX->new(Peer => $socket) or die "$socket: $!\n";
open my $input, '<:raw', $file or die "$file: $!\n";
my $body = do { local $/; <$input> };
# A daemon that refuses may close before it has read all.
local $SIG{PIPE} = 'IGNORE';
print $daemon "POST $path HTTP/1.0\r\nContent-Type: application/x-tar\r\nContent-Length: ", length $body, "\r\n\r\n", $body;
$daemon->flush;
my $answer = do { local $/; <$daemon> } // '';
my ($head, $text) = split /\r\n\r\n/, $answer, 2;
print $text // '';
# docker answers with 200 before it reads, and writes an error into the text.
exit(($head // '') =~ m{^HTTP/1\.\d 2} && ($text // '') !~ /"error(?:Detail)?":/ ? 0 : 1);
