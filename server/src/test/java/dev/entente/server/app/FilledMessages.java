package dev.entente.server.app;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;

/** Messages that have one text wherever they may have any. */
public final class FilledMessages {
    private static final int DEPTH = 5;

    private FilledMessages() {}

    /** Returns a message with that in each of its texts, and in those of the messages within. */
    @SuppressWarnings("unchecked") // A message's builder makes such messages.
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
