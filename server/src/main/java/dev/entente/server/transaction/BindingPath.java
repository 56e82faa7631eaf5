package dev.entente.server.transaction;

/** Where in a request or a response; its text is what users write. */
public sealed interface BindingPath permits FieldPath, JsonPointer {
    /** Whether it is all of it. The empty text is, for protobuf and JSON alike, and is read as an empty {@link FieldPath}. */
    boolean isWhole();
}
