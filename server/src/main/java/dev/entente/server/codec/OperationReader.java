package dev.entente.server.codec;

import com.google.protobuf.ByteString;
import dev.entente.server.decision.Finding;
import dev.entente.server.decision.Findings;
import dev.entente.server.decision.Place;
import dev.entente.server.transaction.Binding;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.FieldPath;
import dev.entente.server.transaction.Operation;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.Role;
import dev.entente.server.transaction.Target;
import java.util.ArrayList;
import java.util.List;

/** Reads the operations of one plan. */
final class OperationReader {
    private static final Target NOWHERE = new Target.Grpc("", "");
    private static final FieldPath WHOLE = new FieldPath(List.of());
    /** The numbers that protobuf allows: 29 bits, without those it reserves for itself. */
    private static final int HIGHEST_NUMBER = (1 << 29) - 1;

    private static final int RESERVED_FROM = 19_000;
    private static final int RESERVED_TO = 19_999;

    private final PolicyReader policies;
    private final Findings findings;

    OperationReader(PolicyReader policies, Findings findings) {
        this.policies = policies;
        this.findings = findings;
    }

    /** An operation that names no target gets one without a name; {@code PlanCheck} refuses it where it is needed. */
    Operation read(dev.entente.v1.Operation message, Pattern pattern, int branch, Role role) {
        Place place = new Place(pattern, branch, role);
        if (PlanReader.hasUnknown(message)) {
            findings.add(PlanReader.unknown(message, place.field("")));
        }
        return new Operation(
                message.getGrpc().isEmpty() ? NOWHERE : target(message.getGrpc(), place),
                body(message, place),
                bindings(message, pattern, place),
                policies.read(message.getPolicy(), place, role));
    }

    private Target target(String text, Place place) {
        int slash = text.indexOf('/');
        String method = text.substring(slash + 1);
        if (slash <= 0 || !isMethod(method)) {
            error(
                    ErrorCode.MALFORMED,
                    place.field(".grpc"),
                    "'%s' names no method; write participant/package.Service/Method".formatted(text));
            return new Target.Grpc(text, "");
        }
        return new Target.Grpc(text.substring(0, slash), method);
    }

    private static boolean isMethod(String method) {
        int slash = method.indexOf('/');
        if (slash <= 0 || slash == method.length() - 1) {
            return false;
        }
        for (int i = 0; i < method.length(); i++) {
            char c = method.charAt(i);
            boolean isName = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
            if (!isName && i != slash && !(c == '.' && i < slash)) {
                return false;
            }
        }
        return true;
    }

    private ByteString body(dev.entente.v1.Operation message, Place place) {
        return switch (message.getBodyCase()) {
            case RAW -> message.getRaw();
            case BODY_NOT_SET -> ByteString.EMPTY;
            case JSON -> {
                String text = "a json body must be translated before it gets here; send raw";
                error(ErrorCode.JSON, place.field(".json"), text);
                yield ByteString.EMPTY;
            }
        };
    }

    private List<Binding> bindings(dev.entente.v1.Operation message, Pattern pattern, Place place) {
        if (message.getBindCount() == 0) {
            return List.of();
        }
        List<Binding> bindings = new ArrayList<>(message.getBindCount());
        for (int i = 0; i < message.getBindCount(); i++) {
            bindings.add(binding(message.getBind(i), pattern, place, ".bind[" + i + "]"));
        }
        return List.copyOf(bindings);
    }

    private Binding binding(dev.entente.v1.Binding message, Pattern pattern, Place place, String at) {
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

    private Role role(String operation, Pattern pattern, Place place, String at) {
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
                "'%s' is no operation of this pattern; leave from_op out to read the response of '%s'"
                        .formatted(operation, pattern.operationName(Role.FORWARD)));
        return Role.FORWARD;
    }

    private FieldPath path(String text, Place place, String at) {
        if (text.isEmpty()) {
            return WHOLE;
        }
        List<Integer> numbers = new ArrayList<>();
        for (String part : text.split("\\.", -1)) {
            int number = number(part);
            if (number == 0) {
                error(
                        ErrorCode.BINDING_PATH,
                        place.field(at),
                        "'%s' is no path of field numbers such as 3.1; names work where the participant's descriptors are known"
                                .formatted(text));
                return WHOLE;
            }
            numbers.add(number);
        }
        return new FieldPath(numbers);
    }

    /** The field number, or 0 if it is none. */
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
