package dev.entente.server.api.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Value;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Refusal.Violation;
import dev.entente.core.transaction.Target;
import dev.entente.server.codec.MessageJson;
import dev.entente.server.codec.Operations;
import dev.entente.server.participant.reflection.Methods;
import dev.entente.v1.Binding;
import dev.entente.v1.Operation;
import dev.entente.v1.TccBranch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Converts JSON bodies to protobuf bytes, and field names in binding paths to numbers, before a plan is accepted; and
 * responses back to JSON. Detects mistyped methods if the service's methods are known. Engine and store receive neither
 * JSON nor names. Blocks if a participant's reflection is needed. Thread-safe.
 */
public final class JsonPayloads {
    private final Methods methods;

    public JsonPayloads(Methods methods) {
        this.methods = methods;
    }

    /** Returns whether a plan, or a branch, needs translation or a method check. Runs for each submit. */
    public boolean isNeeded(Message plan) {
        return Operations.any(plan, this::isNeeded);
    }

    private boolean isNeeded(Operation operation) {
        if (operation.hasJson()) {
            return true;
        }
        for (Binding binding : operation.getBindList()) {
            if (isNamed(binding.getFromPath()) || isNamed(binding.getToPath())) {
                return true;
            }
        }
        Target.Grpc target = methods.knowsAny() ? method(operation) : null;
        return target != null && methods.isDoubtful(target);
    }

    /** Returns the method that the operation calls; null for an HTTP operation, or without a method name. */
    private static Target.@Nullable Grpc method(Operation operation) {
        int slash = operation.getGrpc().indexOf('/');
        return slash <= 0
                ? null
                : new Target.Grpc(
                        operation.getGrpc().substring(0, slash),
                        operation.getGrpc().substring(slash + 1));
    }

    /** Returns whether the path has field names to look up: the path is neither numeric nor a JSON pointer. */
    private static boolean isNamed(String path) {
        return !isNumeric(path) && !path.startsWith("/");
    }

    private static boolean isNumeric(String path) {
        return path.chars().allMatch(at -> at == '.' || (at >= '0' && at <= '9'));
    }

    /**
     * Returns the plan, or the branch, with raw bodies and numeric paths.
     *
     * @param mistakes collects all mismatches; an untranslatable part stays unchanged
     */
    public <M extends Message> M translate(M plan, Mistakes mistakes) {
        PlanSources sources = new PlanSources(plan);
        String at = plan instanceof TccBranch ? "tcc" : "plan";
        return Operations.map(plan, at, (operation, place) -> {
            boolean isOfStep =
                    place.name().equals("check_back") && place.field().startsWith("plan.saga");
            // a step must not have a check-back, which the plan's check reports; its body adds no further mistake
            return isOfStep
                    ? operation.toBuilder().clearJson().build()
                    : operation(operation, place.field(), sources, mistakes);
        });
    }

    private Operation operation(Operation operation, String field, PlanSources sources, Mistakes mistakes) {
        Operation.Builder translated = operation.toBuilder();
        if (operation.hasJson()) {
            ByteString body = body(operation, field + ".json", mistakes);
            if (body != null) {
                translated.setRaw(body);
            }
        } else {
            checkMethod(operation, field, mistakes);
        }
        for (int i = 0; i < operation.getBindCount(); i++) {
            String at = field + ".bind[" + i + "]";
            translated.setBind(i, binding(operation.getBind(i), operation, at, sources, mistakes));
        }
        return translated.build();
    }

    /** Finds a mistyped method of an operation without JSON, if the service's methods are known. */
    private void checkMethod(Operation operation, String field, Mistakes mistakes) {
        Target.Grpc target = method(operation);
        Refusal refusal = target == null ? null : methods.mistaken(target);
        if (refusal != null) {
            mistakes.add(field + ".grpc", refusal);
        }
    }

    /** Returns the bytes of the JSON body; null if the method's type is unknown. */
    private @Nullable ByteString body(Operation operation, String field, Mistakes mistakes) {
        try {
            if (!operation.hasGrpc()) {
                return ByteString.copyFromUtf8(JsonText.of(operation.getJson()));
            }
            MethodDescriptor method = find(operation, field, mistakes);
            return method == null ? null : JsonBody.encode(operation.getJson(), method.getInputType());
        } catch (InvalidProtocolBufferException misfit) {
            mistakes.add(new Violation(ErrorCode.JSON, field, String.valueOf(misfit.getMessage())));
            return ByteString.EMPTY;
        }
    }

    private Binding binding(Binding binding, Operation to, String field, PlanSources sources, Mistakes mistakes) {
        Binding.Builder translated = binding.toBuilder();
        if (isNamed(binding.getFromPath())) {
            Operation from = sources.operation(binding.getFrom(), binding.getFromOp());
            if (from == null) {
                mistakes.add(new Violation(
                        ErrorCode.BINDING_SOURCE,
                        field + ".from",
                        "there is no operation '" + binding.getFromOp() + "' of a branch '" + binding.getFrom() + "'"));
                translated.clearFromPath();
            }
            MethodDescriptor method = from == null ? null : find(from, field + ".from_path", mistakes);
            if (method != null) {
                translated.setFromPath(
                        path(binding.getFromPath(), method.getOutputType(), field + ".from_path", mistakes));
            }
        }
        if (isNamed(binding.getToPath())) {
            MethodDescriptor method = find(to, field + ".to_path", mistakes);
            if (method != null) {
                translated.setToPath(path(binding.getToPath(), method.getInputType(), field + ".to_path", mistakes));
            }
        }
        return translated.build();
    }

    private @Nullable MethodDescriptor find(Operation operation, String field, Mistakes mistakes) {
        if (operation.hasHttp() || operation.hasKafka()) {
            mistakes.add(new Violation(
                    ErrorCode.BINDING_PATH,
                    field,
                    "the body of an HTTP call or a record is JSON; write a JSON pointer such as /payment/id instead of"
                            + " field names"));
            return null;
        }
        Target.Grpc target = method(operation);
        if (target == null) {
            mistakes.add(new Violation(
                    ErrorCode.MALFORMED,
                    field,
                    "'" + operation.getGrpc() + "' is not a valid method; write participant/package.Service/Method"));
            return null;
        }
        try {
            return methods.require(target);
        } catch (Refusal refusal) {
            mistakes.add(field, refusal);
            return null;
        }
    }

    private static String path(String path, Descriptor root, String field, Mistakes mistakes) {
        List<String> numbers = new ArrayList<>();
        Descriptor type = root;
        for (String segment : path.split("\\.", -1)) {
            FieldDescriptor at = type == null ? null : segment(type, segment);
            if (at == null) {
                mistakes.add(new Violation(ErrorCode.BINDING_PATH, field, unknown(segment, type)));
                return path;
            }
            numbers.add(Integer.toString(at.getNumber()));
            type = at.getJavaType() == FieldDescriptor.JavaType.MESSAGE ? at.getMessageType() : null;
        }
        return String.join(".", numbers);
    }

    private static @Nullable FieldDescriptor segment(Descriptor type, String segment) {
        boolean isNumber = !segment.isEmpty() && segment.length() < 10 && isNumeric(segment);
        return isNumber ? type.findFieldByNumber(Integer.parseInt(segment)) : MessageJson.field(type, segment);
    }

    private static String unknown(String segment, @Nullable Descriptor type) {
        if (type == null) {
            return "'" + segment + "' is inside a field that is not a message";
        }
        String known = type.getFields().stream().map(FieldDescriptor::getName).collect(Collectors.joining(", "));
        return type.getFullName() + " does not have the field '" + segment + "'; its fields: " + known;
    }

    /** Returns a response as JSON, or null if the descriptors are unknown or do not match. */
    public @Nullable Value render(ByteString response, Target target) {
        String json = target instanceof Target.Grpc ? text(response, target, false) : response.toStringUtf8();
        return json == null ? null : JsonText.decode(json);
    }

    /** Returns a body as JSON text with all digits; null if descriptors are unknown, or the body does not match. */
    public @Nullable String text(ByteString body, Target target, boolean isRequest) {
        return switch (target) {
            case Target.Grpc grpc -> {
                try {
                    MethodDescriptor method = methods.require(grpc);
                    yield JsonBody.text(body, isRequest ? method.getInputType() : method.getOutputType());
                } catch (Refusal unknown) {
                    yield null;
                }
            }
            case Target.Http _, Target.Kafka _ -> JsonText.text(body);
        };
    }
}
