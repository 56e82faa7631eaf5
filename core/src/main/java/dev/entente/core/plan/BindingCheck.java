package dev.entente.core.plan;

import dev.entente.core.payload.JsonFields;
import dev.entente.core.payload.RequestBodies;
import dev.entente.core.payload.WireFields;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.BindingPath;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.FieldPath;
import dev.entente.core.transaction.JsonPointer;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks that every binding reads a response that is available by then, and writes to a valid place. Used once. */
final class BindingCheck {
    private static final int DEEPEST_PATH = 16;
    /** A limit, because each binding may copy a complete response. */
    private static final int MAX_BINDINGS = 64;

    private static final String REQUIRES_ITSELF =
            "the response is not known if the call had an unknown outcome, and then its undo parks the transaction;"
                    + " leave `required` out and let the participant find the value by gid and branch";

    static final String NOTHING_TO_READ =
            "the response of a prepare is not stored, because a participant that is called again cannot repeat it; put"
                    + " the value into the requests, or let participants find the value by gid and branch";

    private static final String NOTHING_BEFORE =
            "all deliveries are sent at once; put the value into the request, or submit a saga";

    private final Plan plan;
    private final Findings findings;

    BindingCheck(Plan plan, Findings findings) {
        this.plan = plan;
        this.findings = findings;
    }

    /** Counts the branches with a stored response, which a binding or the result reads. */
    static int responsesRead(Plan plan) {
        Set<String> read = new HashSet<>();
        if (plan.resultBranch() != null) {
            read.add(plan.resultBranch());
        }
        for (Branch reader : plan.branches()) {
            for (Role role : Role.values()) {
                Operation operation = reader.operation(role);
                if (operation != null) {
                    operation.bindings().forEach(binding -> read.add(binding.from()));
                }
            }
        }
        return read.size();
    }

    void check(PlanGraph graph) {
        checkAll(graph);
    }

    /** Checks the bindings without the order of branches: for a plan with cycles. */
    void checkNames() {
        checkAll(null);
    }

    /** Checks a branch that a client registers. Only its confirm can bind, and only the response of its own try. */
    void checkRegistered(Branch branch) {
        for (Role role : Role.values()) {
            Operation operation = branch.operation(role);
            if (operation == null || operation.bindings().isEmpty()) {
                continue;
            }
            PlanPath place = PlanPath.of(plan, 0, role);
            paths(operation, place);
            for (int i = 0; i < operation.bindings().size(); i++) {
                registered(operation.bindings().get(i), branch, role, place.field(".bind[" + i + "].from"));
            }
        }
    }

    private void registered(Binding binding, Branch branch, Role role, String field) {
        switch (role) {
            case FORWARD -> source(field, "the client calls the try itself; put the value into the request");
            case UNDO ->
                source(field, "a cancel cannot read a response: let the participant find the value by gid and branch");
            case COMPLETION -> {
                if (!binding.from().equals(branch.id()) || binding.fromRole() != Role.FORWARD) {
                    source(
                            field,
                            "a registered branch's confirm can only read the response of its own try, '%s'"
                                    .formatted(branch.id()));
                }
            }
        }
    }

    private void checkAll(@Nullable PlanGraph graph) {
        for (int i = 0; i < plan.branches().size(); i++) {
            for (Role role : Role.values()) {
                Operation operation = plan.branches().get(i).operation(role);
                if (operation != null && !operation.bindings().isEmpty()) {
                    operation(operation, i, role, graph);
                }
            }
        }
    }

    private void operation(Operation operation, int branch, Role role, @Nullable PlanGraph graph) {
        PlanPath place = PlanPath.of(plan, branch, role);
        paths(operation, place);
        for (int i = 0; i < operation.bindings().size(); i++) {
            Binding binding = operation.bindings().get(i);
            String field = place.field(".bind[" + i + "]");
            int from = plan.indexOf(binding.from());
            if (plan.pattern() == Pattern.MESSAGE) {
                source(field + ".from", NOTHING_BEFORE);
            } else if (plan.pattern() == Pattern.TWO_PHASE) {
                source(field + ".from", NOTHING_TO_READ);
            } else if (from >= 0 && plan.branches().get(from).forward().child() != null) {
                source(field + ".from", "'%s' is a separate transaction: it has no response".formatted(binding.from()));
            } else if (from < 0) {
                source(field + ".from", "no branch has the id '%s'".formatted(Names.shortened(binding.from())));
            } else if (plan.branches().get(from).approval() != null) {
                source(field + ".from", "'%s' is an approval: it has no response".formatted(binding.from()));
            } else if (binding.fromRole() != Role.FORWARD) {
                String kept = plan.pattern().operationName(Role.FORWARD);
                source(field + ".from_op", "only the response of '%s' is stored; leave from_op out".formatted(kept));
            } else if (graph != null && !isDoneBy(role, from, branch, graph)) {
                source(
                        field + ".from",
                        ("'%s' is possibly not done when this %s is called; bind from a branch that comes before, or"
                                        + " order them with `after`")
                                .formatted(binding.from(), plan.pattern().operationName(role)));
            } else if (role == Role.UNDO && from == branch && binding.required()) {
                findings.add(Finding.warning(ErrorCode.BINDING_SOURCE, field + ".required", REQUIRES_ITSELF));
            }
        }
    }

    /** Completions begin after all forward operations. A forward or undo operation knows only earlier branches. */
    private static boolean isDoneBy(Role role, int from, int branch, PlanGraph graph) {
        return switch (role) {
            case FORWARD -> graph.precedes(from, branch);
            case COMPLETION -> true;
            case UNDO -> from == branch || graph.precedes(from, branch);
        };
    }

    private void paths(Operation operation, PlanPath place) {
        if (operation.bindings().size() > MAX_BINDINGS) {
            findings.add(Finding.error(
                    ErrorCode.TOO_LARGE,
                    place.field(".bind"),
                    "%s bindings, at most %s are allowed; bind complete messages"
                            .formatted(operation.bindings().size(), MAX_BINDINGS)));
        }
        body(operation, place);
        Set<BindingPath> written = new HashSet<>();
        List<List<String>> places = new ArrayList<>();
        for (int i = 0; i < operation.bindings().size(); i++) {
            Binding binding = operation.bindings().get(i);
            String field = place.field(".bind[" + i + "]");
            depth(binding.fromPath(), field + ".from_path");
            depth(binding.toPath(), field + ".to_path");
            kinds(operation, binding, places, field);
            if (!written.add(binding.toPath())) {
                findings.add(Finding.error(
                        ErrorCode.BINDING_PATH,
                        field + ".to_path",
                        "an earlier binding already writes '%s'; bind only one value to a field"
                                .formatted(binding.toPath())));
            }
        }
    }

    private void body(Operation operation, PlanPath place) {
        boolean isValid = switch (operation.target()) {
            case Target.Grpc _ -> WireFields.isMessage(operation.body());
            case Target.Http _, Target.Kafka _ -> JsonFields.isDocument(operation.body());
        };
        if (!isValid) {
            boolean isJson = operation.target().isJson();
            findings.add(Finding.error(
                    ErrorCode.MALFORMED,
                    place.field(".raw"),
                    "raw is not a %s, so a binding cannot write into it"
                            .formatted(
                                    isJson
                                            ? "JSON document of at most " + JsonFields.DEEPEST + " levels"
                                            : "protobuf message")));
        }
    }

    /** The engine does not know the type of a protobuf field, so it cannot convert between protobuf and JSON. */
    private void kinds(Operation operation, Binding binding, List<List<String>> places, String field) {
        boolean isJson = operation.target().isJson();
        String way = isJson
                ? "write a JSON pointer such as /payment/id, because this request is JSON"
                : "write field numbers or names such as 3.1, because this request is protobuf";
        if (isOther(binding.toPath(), isJson)) {
            path(field + ".to_path", "'%s' is not a valid path; %s".formatted(binding.toPath(), way));
        } else if (isJson) {
            List<String> place = RequestBodies.tokens(binding.toPath());
            String misfit = JsonFields.misfit(operation.body(), places, place);
            if (misfit != null) {
                path(field + ".to_path", misfit);
            }
            places.add(place);
        }
        Operation source = source(binding);
        if (source != null && source.target().isJson() != isJson) {
            path(
                    field + ".from",
                    ("'%s' responds in %s and this request is %s: a binding cannot convert between the two; let the"
                                    + " participant find the value by gid")
                            .formatted(
                                    Names.shortened(binding.from()),
                                    isJson ? "protobuf" : "JSON",
                                    isJson ? "JSON" : "protobuf"));
        } else if (isOther(binding.fromPath(), isJson)) {
            path(field + ".from_path", "'%s' is not a valid path; %s".formatted(binding.fromPath(), way));
        }
    }

    /**
     * Returns the operation that the binding reads, or null if it is unknown. A client that calls a try itself may
     * leave out the target of the try.
     */
    private @Nullable Operation source(Binding binding) {
        int from = plan.indexOf(binding.from());
        Operation source = from < 0 ? null : plan.branches().get(from).operation(binding.fromRole());
        return source == null || Names.isNowhere(source) ? null : source;
    }

    private static boolean isOther(BindingPath path, boolean isJson) {
        return !path.isRoot() && path instanceof JsonPointer != isJson;
    }

    private void depth(BindingPath path, String field) {
        int depth = switch (path) {
            case FieldPath numbers -> numbers.numbers().size();
            case JsonPointer pointer -> pointer.tokens().size();
        };
        if (depth > DEEPEST_PATH) {
            path(field, "the path has %s levels, at most %s are allowed".formatted(depth, DEEPEST_PATH));
        }
    }

    private void path(String field, String message) {
        findings.add(Finding.error(ErrorCode.BINDING_PATH, field, message));
    }

    private void source(String field, String message) {
        findings.add(Finding.error(ErrorCode.BINDING_SOURCE, field, message));
    }
}
