package dev.entente.core.transaction;

/** The place of a value in a request or a response. Users write it as text. */
public sealed interface BindingPath permits FieldPath, JsonPointer {
    /**
     * Returns whether the path means the complete message: the empty text, in protobuf and in JSON. The parser reads
     * the empty text as an empty {@link FieldPath}.
     */
    boolean isRoot();
}
