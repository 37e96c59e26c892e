//! A policy asks the thing itself.
