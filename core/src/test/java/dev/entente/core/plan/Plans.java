package dev.entente.core.plan;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.FieldPath;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Factory methods for plans in tests. */
public final class Plans {
    static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

    private Plans() {}

    static Plan saga(Branch... steps) {
        return new Plan(Pattern.SAGA, "test", Map.of(), null, null, null, List.of(steps));
    }

    static Plan tcc(Branch... branches) {
        return new Plan(Pattern.TCC, "test", Map.of(), null, null, null, List.of(branches));
    }

    static Plan twoPhase(Branch... branches) {
        return new Plan(Pattern.TWO_PHASE, "test", Map.of(), null, null, null, List.of(branches));
    }

    static Plan message(Branch... deliveries) {
        return new Plan(Pattern.MESSAGE, "test", Map.of(), null, null, null, List.of(deliveries));
    }

    static Branch step(String id, String... after) {
        return new Branch(id, null, call(Role.FORWARD), null, call(Role.UNDO), List.of(after), Branch.Commitment.NONE);
    }

    static Branch stepWithoutUndo(String id, String... after) {
        return new Branch(id, null, call(Role.FORWARD), null, null, List.of(after), Branch.Commitment.NONE);
    }

    static Branch pivot(String id, String... after) {
        return new Branch(id, null, call(Role.FORWARD), null, null, List.of(after), Branch.Commitment.PIVOT);
    }

    static Branch retriable(Branch step) {
        return new Branch(
                step.id(),
                null,
                new Branch.Operations(step.forward(), null, step.undo()),
                step.after(),
                Branch.Commitment.RETRIABLE,
                step.approval(),
                Branch.Origin.PLAN);
    }

    static Branch tccBranch(String id) {
        return new Branch(
                id,
                null,
                call(Role.FORWARD),
                call(Role.COMPLETION),
                call(Role.UNDO),
                List.of(),
                Branch.Commitment.NONE);
    }

    static Branch nested(String parent, String id) {
        return new Branch(
                parent + "/" + id,
                parent,
                call(Role.FORWARD),
                call(Role.COMPLETION),
                call(Role.UNDO),
                List.of(parent),
                Branch.Commitment.NONE);
    }

    static Branch withForward(Branch branch, Operation forward) {
        return new Branch(
                branch.id(),
                branch.parent(),
                forward,
                branch.completion(),
                branch.undo(),
                branch.after(),
                new Branch.Commitment(branch.pivot(), branch.retriable()));
    }

    static Branch withCompletion(Branch branch, Operation completion) {
        return new Branch(
                branch.id(),
                branch.parent(),
                branch.forward(),
                completion,
                branch.undo(),
                branch.after(),
                new Branch.Commitment(branch.pivot(), branch.retriable()));
    }

    static Branch withUndo(Branch branch, Operation undo) {
        return new Branch(
                branch.id(),
                branch.parent(),
                new Branch.Operations(branch.forward(), branch.completion(), undo),
                branch.after(),
                new Branch.Commitment(branch.pivot(), branch.retriable()),
                branch.approval(),
                new Branch.Origin(branch.continues(), null));
    }

    static Operation call(Role role, Binding... bindings) {
        return new Operation(
                new Target.Grpc("stock", "shop.v1.StockService/Reserve"),
                ByteString.EMPTY,
                List.of(bindings),
                CallPolicy.standard(role));
    }

    static Operation withPolicy(CallPolicy policy) {
        return new Operation(
                new Target.Grpc("stock", "shop.v1.StockService/Reserve"), ByteString.EMPTY, List.of(), policy);
    }

    static Operation withBody(ByteString body, Binding... bindings) {
        return new Operation(
                new Target.Grpc("stock", "shop.v1.StockService/Reserve"),
                body,
                List.of(bindings),
                CallPolicy.standard(Role.FORWARD));
    }

    static Binding reading(String branch, Integer... path) {
        return new Binding(branch, Role.FORWARD, path(1), path(path), false);
    }

    public static FieldPath path(Integer... numbers) {
        return new FieldPath(List.of(numbers));
    }

    /** Returns the findings about that plan: code and field of each finding. */
    static List<String> found(Plan plan) {
        return found(plan, Limits.STANDARD);
    }

    static List<String> found(Plan plan, Limits limits) {
        return texts(PlanCheck.check(plan, limits, NOW, false));
    }

    static List<String> texts(List<Finding> findings) {
        return findings.stream()
                .map(finding ->
                        (finding.isWarning() ? "warning " : "") + finding.code().id() + " " + finding.field())
                .toList();
    }
}
