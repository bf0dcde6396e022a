//! Changes to files in the forms in which agents and git write them.
