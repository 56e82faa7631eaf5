package dev.entente.server.codec;

import com.google.protobuf.ByteString;
import dev.entente.core.plan.Finding;
import dev.entente.core.plan.Findings;
import dev.entente.core.plan.PlanPath;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.BindingPath;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.FieldPath;
import dev.entente.core.transaction.JsonPointer;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import dev.entente.v1.BindingOrBuilder;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.HttpCall;
import dev.entente.v1.KafkaRecord;
import dev.entente.v1.OperationOrBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads the operations of one plan. */
final class OperationReader {
    /** The default method of a call over HTTP. */
    private static final String DEFAULT_METHOD = "POST";

    /** The form of a method in a stored plan. */
    private static final Predicate<String> METHOD =
            java.util.regex.Pattern.compile("[A-Za-z0-9_.]+/[A-Za-z0-9_]+").asMatchPredicate();

    private static final Target NOWHERE = new Target.Grpc("", "");
    /** The range of field numbers in protobuf: 29 bits, without the numbers that protobuf reserves. */
    private static final int HIGHEST_NUMBER = (1 << 29) - 1;

    private static final int RESERVED_FROM = 19_000;
    private static final int RESERVED_TO = 19_999;

    /** The size of the cache: enough for the targets of a busy coordinator. Further targets are parsed each time. */
    private static final int MAX_KNOWN = 1000;

    private static final int MAX_KNOWN_LENGTH = 200;

    /** The well-formed targets by their text: nearly every plan uses targets of earlier plans. */
    private static final Map<String, Target> KNOWN = new ConcurrentHashMap<>();

    private final PolicyReader policies;
    private final Findings findings;

    OperationReader(PolicyReader policies, Findings findings) {
        this.policies = policies;
        this.findings = findings;
    }

    /**
     * Reads an operation. A missing target becomes a target without a name; {@code PlanCheck} rejects this target where
     * one is required.
     */
    Operation read(OperationOrBuilder message, Pattern pattern, int branch, Role role) {
        return read(message, new PlanPath(pattern, branch, role), role);
    }

    /** Reads an operation at a more specific place. */
    Operation read(OperationOrBuilder message, PlanPath place, Role role) {
        if (PlanReader.hasUnknown(message)) {
            findings.add(PlanReader.unknown(message, place.field("")));
        }
        return new Operation(
                target(message, place),
                body(message, place),
                bindings(message, place.pattern(), place),
                policies.read(message.getPolicy(), place, role));
    }

    /** Returns a saga's operation without a target. */
    Operation raw(ByteString body, int branch) {
        return new Operation(
                NOWHERE,
                body,
                List.of(),
                policies.read(
                        CallPolicy.getDefaultInstance(),
                        new PlanPath(Pattern.SAGA, branch, Role.FORWARD),
                        Role.FORWARD));
    }

    private Target target(OperationOrBuilder message, PlanPath place) {
        return switch (message.getToCase()) {
            case GRPC -> message.getGrpc().isEmpty() ? NOWHERE : grpc(message.getGrpc(), place);
            case HTTP -> http(message.getHttp(), place);
            case KAFKA -> kafka(message.getKafka(), place);
            case TOPIC -> {
                error(
                        ErrorCode.MALFORMED,
                        place.field(".topic"),
                        "only a delivery of a message can have a topic; set a method, or publish a message");
                yield NOWHERE;
            }
            case TO_NOT_SET -> NOWHERE;
        };
    }

    /** Reads a call over HTTP of any form. {@code PlanCheck} checks the form. */
    private Target http(HttpCall call, PlanPath place) {
        if (PlanReader.hasUnknown(call)) {
            findings.add(PlanReader.unknown(call, place.field(".http")));
        }
        String method = call.getMethod().isEmpty() ? DEFAULT_METHOD : call.getMethod();
        return new Target.Http(call.getParticipant(), method, call.getPath(), call.getHeadersMap());
    }

    /** Reads a record of any form. {@code PlanCheck} checks the form. */
    private Target kafka(KafkaRecord record, PlanPath place) {
        if (PlanReader.hasUnknown(record)) {
            findings.add(PlanReader.unknown(record, place.field(".kafka")));
        }
        return new Target.Kafka(record.getConnector(), record.getTopic(), record.getKey(), record.getHeadersMap());
    }

    private Target grpc(String text, PlanPath place) {
        Target known = KNOWN.get(text);
        return known == null ? read(text, place) : known;
    }

    private Target read(String text, PlanPath place) {
        int slash = text.indexOf('/');
        String method = text.substring(slash + 1);
        if (slash <= 0 || !METHOD.test(method)) {
            error(
                    ErrorCode.MALFORMED,
                    place.field(".grpc"),
                    "'%s' is not a valid method; write participant/package.Service/Method".formatted(text));
            return new Target.Grpc(text, "");
        }
        Target target = new Target.Grpc(text.substring(0, slash), method);
        if (text.length() <= MAX_KNOWN_LENGTH && KNOWN.size() < MAX_KNOWN) {
            KNOWN.put(text, target);
        }
        return target;
    }

    private ByteString body(OperationOrBuilder message, PlanPath place) {
        return switch (message.getBodyCase()) {
            case RAW -> message.getRaw();
            case BODY_NOT_SET -> ByteString.EMPTY;
            case JSON -> {
                String text = "a json body must be translated to bytes first; send raw";
                error(ErrorCode.JSON, place.field(".json"), text);
                yield ByteString.EMPTY;
            }
        };
    }

    private List<Binding> bindings(OperationOrBuilder message, Pattern pattern, PlanPath place) {
        if (message.getBindCount() == 0) {
            return List.of();
        }
        List<Binding> bindings = new ArrayList<>(message.getBindCount());
        for (int i = 0; i < message.getBindCount(); i++) {
            bindings.add(binding(message.getBind(i), pattern, place, ".bind[" + i + "]"));
        }
        return List.copyOf(bindings);
    }

    private Binding binding(BindingOrBuilder message, Pattern pattern, PlanPath place, String at) {
        if (PlanReader.hasUnknown(message)) {
            findings.add(PlanReader.unknown(message, place.field(at)));
        }
        return new Binding(
                message.getFrom(),
                role(message.getFromOp(), pattern, place, at),
                path(message.getFromPath(), place, at + ".from_path"),
                path(message.getToPath(), place, at + ".to_path"),
                message.getRequired());
    }

    private Role role(String operation, Pattern pattern, PlanPath place, String at) {
        if (operation.isEmpty()) {
            return Role.FORWARD;
        }
        for (Role role : Role.values()) {
            if (operation.equals(pattern.operationName(role))) {
                return role;
            }
        }
        error(
                ErrorCode.BINDING_SOURCE,
                place.field(at + ".from_op"),
                "'%s' is not an operation of this pattern; leave from_op out to read the response of '%s'"
                        .formatted(operation, pattern.operationName(Role.FORWARD)));
        return Role.FORWARD;
    }

    private BindingPath path(String text, PlanPath place, String at) {
        if (text.isEmpty()) {
            return FieldPath.ROOT;
        }
        BindingPath path = text.startsWith("/") ? JsonPointer.parse(text) : fieldPath(text);
        if (path == null) {
            error(
                    ErrorCode.BINDING_PATH,
                    place.field(at),
                    ("'%s' is neither a path of field numbers such as 3.1 nor a JSON pointer such as /payment/id; field"
                                    + " names need the participant's descriptors")
                            .formatted(text));
            return FieldPath.ROOT;
        }
        return path;
    }

    private static @Nullable FieldPath fieldPath(String text) {
        List<Integer> numbers = new ArrayList<>();
        for (String part : text.split("\\.", -1)) {
            int number = number(part);
            if (number == 0) {
                return null;
            }
            numbers.add(number);
        }
        return new FieldPath(numbers);
    }

    /** Returns the field number, or 0 if the text is not a field number. */
    private static int number(String part) {
        if (part.isEmpty() || part.length() > 9 || !part.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        int number = Integer.parseInt(part);
        boolean isReserved = number >= RESERVED_FROM && number <= RESERVED_TO;
        return number > HIGHEST_NUMBER || isReserved ? 0 : number;
    }

    private void error(ErrorCode code, String field, String message) {
        findings.add(Finding.error(code, field, message));
    }
}
