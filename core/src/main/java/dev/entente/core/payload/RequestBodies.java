package dev.entente.core.payload;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.BindingPath;
import dev.entente.core.transaction.FieldPath;
import dev.entente.core.transaction.JsonPointer;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Target;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fills values from responses into requests: protobuf into protobuf, JSON into JSON. A checked plan has no binding
 * between the two.
 */
public final class RequestBodies {
    private RequestBodies() {}

    /**
     * One value to copy.
     *
     * @param response null if it is not known
     */
    public record Bound(@Nullable ByteString response, Binding binding) {}

    public static ByteString filled(Operation operation, List<Bound> bound) {
        if (bound.isEmpty()) {
            return operation.body();
        }
        return switch (operation.target()) {
            case Target.Grpc _ ->
                WireFields.copy(
                        operation.body(),
                        bound.stream().map(RequestBodies::onTheWire).toList());
            case Target.Http _, Target.Kafka _ ->
                JsonFields.copy(
                        operation.body(),
                        bound.stream().map(RequestBodies::inJson).toList());
        };
    }

    /** Returns whether the response has a value at that path, for an operation with that target. */
    public static boolean isPresent(Target target, @Nullable ByteString response, BindingPath path) {
        return switch (target) {
            case Target.Grpc _ -> WireFields.isPresent(response, fieldPath(path));
            case Target.Http _, Target.Kafka _ -> JsonFields.isPresent(response, tokens(path));
        };
    }

    /** Returns which value is absent, and why if known, after {@link #isPresent} returned false; for people. */
    public static String absence(Target target, @Nullable ByteString response, Binding binding) {
        String field = "field '" + binding.fromPath() + "' of the response of '" + binding.from() + "' is absent";
        boolean isNoJson = target.isJson() && response != null && !JsonFields.isDocument(response);
        return isNoJson
                ? field + ": the response is not JSON in UTF-8, or is nested deeper than " + JsonFields.DEEPEST
                        + " levels"
                : field;
    }

    /** Returns the reason why a value does not fit its place in the request; null if each value fits. For people. */
    public static @Nullable String misfit(Operation operation, List<Bound> bound) {
        return bound.isEmpty() || !operation.target().isJson()
                ? null
                : JsonFields.misfit(
                        operation.body(),
                        bound.stream().map(RequestBodies::inJson).toList());
    }

    private static WireFields.Bound onTheWire(Bound bound) {
        return new WireFields.Bound(
                bound.response, fieldPath(bound.binding.fromPath()), fieldPath(bound.binding.toPath()));
    }

    private static JsonFields.Bound inJson(Bound bound) {
        return new JsonFields.Bound(bound.response, tokens(bound.binding.fromPath()), tokens(bound.binding.toPath()));
    }

    private static FieldPath fieldPath(BindingPath path) {
        return switch (path) {
            case FieldPath numbers -> numbers;
            case JsonPointer pointer ->
                throw new IllegalStateException(pointer + " is not a path into a protobuf message");
        };
    }

    public static List<String> tokens(BindingPath path) {
        return switch (path) {
            case JsonPointer pointer -> pointer.tokens();
            case FieldPath numbers when numbers.isRoot() -> List.of();
            case FieldPath numbers -> throw new IllegalStateException(numbers + " is not a path into JSON");
        };
    }
}
