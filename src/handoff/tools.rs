//! What the tools of coding agents do, told from their names and arguments.
