package dev.entente.core.transaction;

/** The place of a value in a request or a response. Users write it as text. */
public sealed interface BindingPath permits FieldPath, JsonPointer {
    /**
     * Tells whether it stands for the whole message. The empty text does, for protobuf and JSON alike, and is read as
     * an empty {@link FieldPath}.
     */
    boolean isWhole();
}
