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
 * Visits the operations of a plan or of its parts, in every field that holds an operation, at any depth. A new pattern,
 * or a further operation of a step, needs no change here. Thread-safe.
 */
public final class Operations {
    /** The fields of a message that hold operations, or messages that contain operations. */
    private static final Map<Descriptor, List<FieldDescriptor>> LEADING = new ConcurrentHashMap<>();

    private Operations() {}

    /**
     * The place of an operation.
     *
     * @param field the path from the root, such as {@code plan.saga.steps[1].action}
     * @param holder the message that contains the field
     * @param name of the field, such as {@code action}
     */
    public record Place(String field, Message holder, String name) {}

    /** Returns the replacement of an operation. */
    public interface Visitor {
        Operation visit(Operation operation, Place place);
    }

    /** Returns whether any operation matches. Quick, because every submission uses this method. */
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
     * Returns the message with its operations replaced by the visitor.
     *
     * @param at the root's name in the places that the visitor gets
     */
    @SuppressWarnings("unchecked") // a builder has the type of its source
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
