package dev.entente.client;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A field of a future response: the coordinator copies the field into a later request. See {@link Response}. Immutable.
 */
public final class FieldRef {
    private static final String JSON = "JSON";

    private final String branch;
    private final String path;
    private final String type;
    private final String name;
    private final @Nullable Object plan;

    private FieldRef(String branch, String path, String type, String name, @Nullable Object plan) {
        this.branch = branch;
        this.path = path;
        this.type = type;
        this.name = name;
        this.plan = plan;
    }

    /**
     * Parses a path.
     *
     * @param message null for JSON
     * @param plan the builder of the plan that contains the branch, or null
     * @throws TransactionRefused ENT-019 if the message has no such field
     * @throws IllegalArgumentException if it is no JSON pointer
     */
    static FieldRef of(String branch, @Nullable Descriptor message, String path, @Nullable Object plan) {
        if (message != null) {
            List<FieldDescriptor> fields = fields(message, path);
            String numbers = joined(".", fields, field -> Integer.toString(field.getNumber()));
            String type = fields.isEmpty() ? message.getFullName() : type(fields.get(fields.size() - 1));
            String name = message.getFullName() + joined("", fields, field -> "." + field.getName());
            return new FieldRef(branch, numbers, type, name, plan);
        }
        if (!path.isEmpty() && !path.startsWith("/")) {
            throw new IllegalArgumentException("'" + path + "' is not a JSON pointer; write it as in /payment/id");
        }
        return new FieldRef(branch, path, JSON, path.isEmpty() ? JSON : path, plan);
    }

    /**
     * Parses a path: names or numbers separated by dots, such as {@code payment.id} or {@code 3.1}; empty for the
     * complete message. All fields but the last are singular messages.
     */
    private static List<FieldDescriptor> fields(Descriptor root, String path) {
        List<FieldDescriptor> fields = new ArrayList<>();
        Descriptor message = root;
        for (String part : path.isEmpty() ? new String[0] : path.split("\\.", -1)) {
            if (message == null) {
                throw mistake(
                        root,
                        path,
                        "'" + fields.get(fields.size() - 1).getName() + "' is not a single message; it has no field '"
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
        return fields;
    }

    /**
     * Returns the name of a field's type, such as {@code repeated string}. On the wire a field's value can be copied
     * into any other field of the same type.
     */
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
        return joined(", ", message.getFields(), field -> field.getName() + " = " + field.getNumber());
    }

    private static TransactionRefused mistake(Descriptor root, String path, String why) {
        return TransactionRefused.mistake(
                "ENT-019", "the path '" + path + "' does not fit " + root.getFullName() + ": " + why);
    }

    private static String joined(
            String separator, List<FieldDescriptor> fields, Function<FieldDescriptor, String> part) {
        return fields.stream().map(part).collect(Collectors.joining(separator));
    }

    @Nullable
    Object plan() {
        return plan;
    }

    String branch() {
        return branch;
    }

    /** Returns the path in a binding's format. */
    String path() {
        return path;
    }

    /** Returns the type. Fields of one type can be copied into each other. */
    String type() {
        return type;
    }

    String name() {
        return name;
    }

    /** Returns the branch and the field, such as {@code pay: shop.v1.ChargeResponse.payment_id}. */
    @Override
    public String toString() {
        return branch + ": " + name;
    }
}
