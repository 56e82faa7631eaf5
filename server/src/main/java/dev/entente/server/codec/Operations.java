package dev.entente.server.codec;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import dev.entente.v1.Operation;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Visits the operations of a plan, or of a part of one, wherever its pattern has them: in every field that holds an
 * operation, at whatever depth. A new pattern, or a step with one operation more, needs no word here. Thread-safe.
 */
public final class Operations {
    /** The fields of a message that hold operations, or messages with operations in them. */
    private static final Map<Descriptor, List<FieldDescriptor>> LEADING = new ConcurrentHashMap<>();

    private Operations() {}

    /**
     * The place of an operation.
     *
     * @param field its path from the root, such as {@code plan.saga.steps[1].action}
     * @param holder the message whose field it is
     * @param name of that field, such as {@code action}
     */
    public record Place(String field, Message holder, String name) {}

    /** Sees an operation, and says what shall stand in its place. */
    public interface Visitor {
        Operation visit(Operation operation, Place place);
    }

    /** Tells whether any operation is such. Cheap: on the path of every submit. */
    public static boolean any(Message root, Predicate<Operation> isSuch) {
        if (root instanceof Operation operation) {
            return isSuch.test(operation);
        }
        for (FieldDescriptor field : leading(root.getDescriptorForType())) {
            if (field.isRepeated()) {
                for (int i = 0; i < root.getRepeatedFieldCount(field); i++) {
                    if (any((Message) root.getRepeatedField(field, i), isSuch)) {
                        return true;
                    }
                }
            } else if (root.hasField(field) && any((Message) root.getField(field), isSuch)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns the message with what the visitor put in the place of its operations.
     *
     * @param at what the root is called in the places that the visitor is told
     */
    @SuppressWarnings("unchecked") // a builder builds what it was made of
    public static <M extends Message> M map(M root, String at, Visitor visitor) {
        Message.Builder mapped = root.toBuilder();
        for (FieldDescriptor field : leading(root.getDescriptorForType())) {
            String path = at + "." + field.getName();
            if (field.isRepeated()) {
                for (int i = 0; i < root.getRepeatedFieldCount(field); i++) {
                    Message part = (Message) root.getRepeatedField(field, i);
                    mapped.setRepeatedField(
                            field, i, mapped(part, new Place(path + "[" + i + "]", root, field.getName()), visitor));
                }
            } else if (root.hasField(field)) {
                Message part = (Message) root.getField(field);
                mapped.setField(field, mapped(part, new Place(path, root, field.getName()), visitor));
            }
        }
        return (M) mapped.build();
    }

    private static Message mapped(Message part, Place place, Visitor visitor) {
        return part instanceof Operation operation
                ? visitor.visit(operation, place)
                : map(part, place.field(), visitor);
    }

    private static List<FieldDescriptor> leading(Descriptor type) {
        List<FieldDescriptor> known = LEADING.get(type);
        if (known != null) {
            return known;
        }
        List<FieldDescriptor> found =
                type.getFields().stream().filter(Operations::isLeading).toList();
        LEADING.put(type, found);
        return found;
    }

    private static boolean isLeading(FieldDescriptor field) {
        return field.getJavaType() == JavaType.MESSAGE
                && !field.isMapField()
                && (field.getMessageType().equals(Operation.getDescriptor())
                        || !leading(field.getMessageType()).isEmpty());
    }
}
