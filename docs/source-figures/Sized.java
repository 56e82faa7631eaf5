/** A method, a parameter list, a test or a file, with its size. */
record Sized(String name, int size) {}
