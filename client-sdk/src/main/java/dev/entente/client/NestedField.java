package dev.entente.client;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A field of a message, or a field of a message in a field; without fields, the whole message.
 *
 * @param fields all but the last are singular messages
 */
record NestedField(Descriptor root, List<FieldDescriptor> fields) {
    /**
     * Reads a path.
     *
     * @param path names or numbers with dots between them, such as {@code payment.id} or {@code 3.1}; empty for the
     *     whole message
     * @throws TransactionRefused ENT-019 if there is no such field
     */
    static NestedField of(Descriptor root, String path) {
        List<FieldDescriptor> fields = new ArrayList<>();
        Descriptor message = root;
        for (String part : path.isEmpty() ? new String[0] : path.split("\\.", -1)) {
            if (message == null) {
                throw mistake(
                        root,
                        path,
                        "'" + fields.get(fields.size() - 1).getName() + "' is no single message, so it has no field '"
                                + part + "'");
            }
            FieldDescriptor field = field(message, part);
            if (field == null) {
                throw mistake(
                        root, path, message.getFullName() + " has no field '" + part + "'; it has " + names(message));
            }
            fields.add(field);
            message = inside(field);
        }
        return new NestedField(root, List.copyOf(fields));
    }

    /** As a binding has it: {@code 3.1}. */
    String numbers() {
        return fields.stream().map(field -> Integer.toString(field.getNumber())).collect(Collectors.joining("."));
    }

    /** For people: {@code shop.v1.ChargeResponse.payment_id}. */
    @Override
    public String toString() {
        return root.getFullName()
                + fields.stream().map(field -> "." + field.getName()).collect(Collectors.joining());
    }

    /**
     * Names the field's type, such as {@code repeated string}. The value of a field can be copied on the wire into any
     * other field of the same type.
     */
    String type() {
        return fields.isEmpty() ? root.getFullName() : type(fields.get(fields.size() - 1));
    }

    private static String type(FieldDescriptor field) {
        if (field.isMapField()) {
            Descriptor entry = field.getMessageType();
            return "map<" + type(entry.findFieldByNumber(1)) + ", " + type(entry.findFieldByNumber(2)) + ">";
        }
        String element = switch (field.getJavaType()) {
            case MESSAGE -> field.getMessageType().getFullName();
            case ENUM -> field.getEnumType().getFullName();
            case INT, LONG, FLOAT, DOUBLE, BOOLEAN, STRING, BYTE_STRING ->
                field.getType().name().toLowerCase(Locale.ROOT);
        };
        return field.isRepeated() ? "repeated " + element : element;
    }

    private static @Nullable FieldDescriptor field(Descriptor message, String part) {
        boolean isNumber =
                !part.isEmpty() && part.chars().allMatch(digit -> digit >= '0' && digit <= '9') && part.length() < 10;
        return isNumber ? message.findFieldByNumber(Integer.parseInt(part)) : message.findFieldByName(part);
    }

    private static @Nullable Descriptor inside(FieldDescriptor field) {
        return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated()
                ? field.getMessageType()
                : null;
    }

    private static String names(Descriptor message) {
        return message.getFields().stream()
                .map(field -> field.getName() + " = " + field.getNumber())
                .collect(Collectors.joining(", "));
    }

    private static TransactionRefused mistake(Descriptor root, String path, String why) {
        return TransactionRefused.mistake(
                "ENT-019", "the path '" + path + "' does not fit " + root.getFullName() + ": " + why);
    }
}
