"""Pages for people. `demo` is the film shop front that `salience demo` opens."""
