package dev.entente.server.app;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;

/** Messages with one text in each text field. */
public final class FilledMessages {
    private static final int DEPTH = 5;

    private FilledMessages() {}

    /** Returns a message with that text in each text field, nested messages included. */
    @SuppressWarnings("unchecked") // The builder of a prototype makes messages of its type.
    public static <M extends Message> M of(M prototype, String text) {
        return (M) filled(prototype.newBuilderForType(), text, DEPTH);
    }

    private static Message filled(Message.Builder builder, String text, int depth) {
        for (FieldDescriptor field : builder.getDescriptorForType().getFields()) {
            Object value = switch (field.getJavaType()) {
                case STRING -> text;
                case MESSAGE -> depth == 0 ? null : filled(builder.newBuilderForField(field), text, depth - 1);
                default -> null;
            };
            if (value != null && field.isRepeated()) {
                builder.addRepeatedField(field, value);
            } else if (value != null) {
                builder.setField(field, value);
            }
        }
        return builder.build();
    }
}
