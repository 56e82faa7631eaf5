package dev.entente.core.transaction;

import java.util.List;

/**
 * A path of protobuf field numbers, such as {@code 3.1}: field 1 of the message in field 3. The empty path is the
 * complete message.
 *
 * @param numbers each at least 1
 */
public record FieldPath(List<Integer> numbers) implements BindingPath {
    /** The complete message. */
    public static final FieldPath ROOT = new FieldPath(List.of());

    public FieldPath {
        numbers = List.copyOf(numbers);
    }

    @Override
    public boolean isRoot() {
        return numbers.isEmpty();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int number : numbers) {
            text.append(text.isEmpty() ? "" : ".").append(number);
        }
        return text.toString();
    }
}
