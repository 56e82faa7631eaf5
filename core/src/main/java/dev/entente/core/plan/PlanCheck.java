package dev.entente.core.plan;

import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds all errors of a plan at once. Pure.
 *
 * <p>The check does not know which participants are configured and allowed; {@link #participants} returns the names to
 * check. The codec already finds the errors that only the message shows, such as a step with neither compensate nor
 * no_undo, or an invalid path.
 */
public final class PlanCheck {
    private static final Duration LONGEST_TIMEOUT = Duration.ofHours(1);
    /** A hundred years: a longer value is a wrong unit, or a point in time that no message can represent. */
    static final Duration LONGEST_DEADLINE = Duration.ofDays(36_500);

    private static final Duration LONGEST_BACKOFF = Duration.ofDays(7);
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final int MAX_ATTEMPTS = 1000;
    private static final int MAX_PAUSES = 100;
    private static final double LARGEST_MULTIPLIER = 100;

    private final Plan plan;
    private final Limits limits;
    private final Findings findings = new Findings();
    private final Set<CallPolicy> invalid = Collections.newSetFromMap(new IdentityHashMap<>());

    private PlanCheck(Plan plan, Limits limits) {
        this.plan = plan;
        this.limits = limits;
    }

    /**
     * Checks a plan that is submitted complete.
     *
     * @param strict whether an irreversible step before a compensable step is an error instead of a warning
     * @return empty if there are no findings; warnings do not prevent acceptance
     */
    public static List<Finding> check(Plan plan, Limits limits, Instant now, boolean strict) {
        PlanCheck check = new PlanCheck(plan, limits);
        check.head(now);
        if (plan.branches().isEmpty() && plan.terms().topics().isEmpty()) {
            check.error(
                    ErrorCode.NO_BRANCH,
                    "plan",
                    "the plan has no branch; add at least one to saga.steps, tcc.branches, two_phase.branches or"
                            + " message.deliveries, or set notification.deliver");
        }
        if (check.isNotTooMany()) {
            check.branches();
            check.preCommits();
            new OrderCheck(plan, check.findings).check(strict);
            check.storedResponses();
        }
        if (plan.checkBack() >= 0) {
            check.error(
                    ErrorCode.MALFORMED,
                    "plan.message.check_back",
                    "a submitted message cannot have a check-back: begin the message, commit your own transaction, then"
                            + " commit the message; or leave check_back out");
        }
        return check.findings.list();
    }

    /** Checks a plan that a client begins: a TCC without branches, or a message with a check-back. */
    public static List<Finding> checkBegun(Plan plan, Limits limits, Instant now) {
        PlanCheck check = new PlanCheck(plan, limits);
        check.head(now);
        if (plan.pattern() == Pattern.MESSAGE) {
            check.begunMessage();
            return check.findings.list();
        }
        if (plan.startTime() != null) {
            check.error(
                    ErrorCode.POLICY,
                    "plan.start_time",
                    "a transaction that is begun starts with the first step of its client; leave the start time out, or"
                            + " submit the plan");
        }
        if (plan.pattern() != Pattern.TCC || !plan.branches().isEmpty()) {
            check.error(
                    ErrorCode.NO_BRANCH,
                    "plan",
                    "begin plan.tcc without branches, then register each branch; or begin plan.message with check_back;"
                            + " or submit the plan");
        }
        return check.findings.list();
    }

    private void begunMessage() {
        new MessageCheck(plan, findings).checkBegun();
        if (isNotTooMany()) {
            branches();
            new OrderCheck(plan, findings).check(false);
            storedResponses();
        }
    }

    /**
     * Checks a branch that a client registers, as far as the branch alone allows. The client calls the try itself: the
     * try may be absent and binds nothing. A cancel never sees a response; a confirm sees the response of its own try.
     */
    public static List<Finding> checkBranch(Branch branch, Limits limits) {
        Plan alone = new Plan(Pattern.TCC, "", Map.of(), null, null, null, List.of(branch));
        PlanCheck check = new PlanCheck(alone, limits);
        check.id(branch, check.place(0, null));
        check.operation(branch.forward(), 0, Role.FORWARD, true);
        check.operation(branch.completion(), 0, Role.COMPLETION, false);
        check.operation(branch.undo(), 0, Role.UNDO, false);
        new BindingCheck(alone, check.findings).checkRegistered(branch);
        String where = check.place(0, null).field("");
        return check.findings.list().stream()
                .map(finding -> finding.moved(where, "tcc"))
                .toList();
    }

    /** Checks a gid that a client chose. Only gids that the coordinator derives contain {@code /} and {@code ~}. */
    public static List<Finding> checkGid(String gid) {
        if (Names.isGid(gid)) {
            return List.of();
        }
        return List.of(Finding.error(
                ErrorCode.GID,
                "gid",
                "'%s' is not a valid gid: 1 to 128 of A-Z a-z 0-9 . _ : -".formatted(Names.shortened(gid))));
    }

    /** Returns the participants that the plan calls, sorted. */
    public static Set<String> participants(Plan plan) {
        Set<String> participants = new TreeSet<>();
        for (Branch branch : plan.branches()) {
            participants.addAll(participants(branch));
        }
        return participants;
    }

    /** Returns the participants that one branch calls, sorted. */
    public static Set<String> participants(Branch branch) {
        Set<String> participants = new TreeSet<>();
        for (Role role : Role.values()) {
            Operation operation = branch.operation(role);
            if (operation != null && !Names.isNowhere(operation)) {
                participants.add(operation.target().participant());
            }
        }
        return participants;
    }

    private void head(Instant now) {
        if (!Names.isName(plan.name())) {
            error(
                    ErrorCode.NAME,
                    "plan.name",
                    "'%s' is not a valid name: 1 to 64 of a-z 0-9 . _ -".formatted(Names.shortened(plan.name())));
        }
        labels();
        new MessageCheck(plan, findings).check();
        if (plan.pattern() == Pattern.TWO_PHASE && plan.resultBranch() != null) {
            error(ErrorCode.BINDING_SOURCE, "plan.result_branch", BindingCheck.NOTHING_TO_READ);
        }
        Duration deadline = plan.deadline();
        if (deadline != null && (!deadline.isPositive() || deadline.compareTo(LONGEST_DEADLINE) > 0)) {
            error(
                    ErrorCode.POLICY,
                    "plan.deadline",
                    "%s is not a valid deadline; give a deadline above zero and at most %s days, or none"
                            .formatted(deadline, LONGEST_DEADLINE.toDays()));
        }
        findings.warnOfLifetime(limits, "plan.deadline", deadline);
        Duration wait = plan.startTime() == null ? null : Duration.between(now, plan.startTime());
        findings.warnOfLifetime(limits, "plan.start_time", wait);
        if (wait != null && deadline != null && deadline.isPositive() && wait.compareTo(deadline) >= 0) {
            findings.add(Finding.warning(
                    ErrorCode.POLICY,
                    "plan.start_time",
                    ("%s is not before the deadline, which counts from now and passes in %s: no branch of this plan"
                                    + " will be called; leave out the start time or the deadline, or give a longer"
                                    + " deadline")
                            .formatted(plan.startTime(), deadline)));
        }
    }

    private void labels() {
        if (plan.labels().size() > limits.labels()) {
            error(
                    ErrorCode.TOO_LARGE,
                    "plan.labels",
                    "%s labels, at most %s are allowed".formatted(plan.labels().size(), limits.labels()));
        }
        plan.labels().forEach((key, value) -> {
            if (!Names.isLabel(key, value)) {
                error(
                        ErrorCode.NAME,
                        "plan.labels",
                        ("'%s' is out of bounds: a key has 1 to 64 of A-Z a-z 0-9 . _ / -, a value at most 256"
                                        + " characters and no control characters")
                                .formatted(Names.shortened(key)));
            }
        });
    }

    /**
     * Refuses too many branches before all other checks. The order of branches needs memory that grows with the square
     * of their number.
     */
    private boolean isNotTooMany() {
        long branches = plan.branches().stream()
                .filter(branch -> branch.continues() == null)
                .count();
        if (branches <= limits.branches()) {
            return true;
        }
        error(
                ErrorCode.TOO_LARGE,
                "plan",
                "%s branches, at most %s are allowed; split the work into several transactions"
                        .formatted(branches, limits.branches()));
        return false;
    }

    private void branches() {
        for (int i = 0; i < plan.branches().size(); i++) {
            Branch branch = plan.branches().get(i);
            id(branch, place(i, null));
            Approval approval = branch.approval();
            if (approval != null) {
                new ApprovalCheck(place(i, null), limits, findings).check(branch, approval);
            } else {
                operation(branch.forward(), i, Role.FORWARD, false);
            }
            boolean mayLack = !plan.pattern().hasCompletion() || branch.continues() != null;
            operation(branch.completion(), i, Role.COMPLETION, mayLack);
            operation(branch.undo(), i, Role.UNDO, mayLack);
        }
    }

    /**
     * Requires a pre-commit of all branches or of none. One branch without a pre-commit would remove the benefit of
     * three phases for all others.
     */
    private void preCommits() {
        Set<String> reported = new HashSet<>();
        for (Branch branch : plan.branches()) {
            if (branch.continues() != null) {
                reported.add(branch.continues());
            }
        }
        for (int i = 0; i < plan.branches().size() && !reported.isEmpty(); i++) {
            Branch branch = plan.branches().get(i);
            if (branch.continues() == null && !reported.contains(branch.id())) {
                error(
                        ErrorCode.NO_BRANCH,
                        place(i, null).field(".pre_commit"),
                        "branch '%s' has no pre_commit, though others have; give it to all branches, or to none"
                                .formatted(Names.shortened(branch.id())));
            }
        }
    }

    private void id(Branch branch, PlanPath place) {
        if (branch.continues() == null && !Names.isBranchId(branch)) {
            error(
                    ErrorCode.NAME,
                    place.field(".id"),
                    "'%s' is not a valid branch id: 1 to 64 of a-z 0-9 . _ -, and at most %s with its parents"
                            .formatted(Names.shortened(branch.id()), Names.LONGEST_PATH));
        }
    }

    private void operation(@Nullable Operation operation, int branch, Role role, boolean mayLack) {
        if (operation == null || (Names.isNowhere(operation) && operation.child() == null)) {
            if (!mayLack || (operation != null && role != Role.FORWARD)) {
                error(
                        ErrorCode.NO_BRANCH,
                        place(branch, role).field(""),
                        "branch '%s' has no %s; write grpc: participant/package.Service/Method, http, or kafka"
                                .formatted(
                                        Names.shortened(
                                                plan.branches().get(branch).shownId()),
                                        plan.operationName(branch, role)));
            }
            return;
        }
        switch (operation.target()) {
            case Target.Grpc grpc -> new GrpcCheck(place(branch, role), findings).check(grpc);
            case Target.Http http -> new HttpCheck(place(branch, role), findings).check(operation, http);
            case Target.Kafka kafka ->
                new KafkaCheck(place(branch, role), findings).check(kafka, needsAnswer(branch, role));
        }
        int bytes = operation.body().size();
        if (bytes > limits.payloadBytes()) {
            error(
                    ErrorCode.TOO_LARGE,
                    place(branch, role).field(""),
                    "the payload has %s bytes, at most %s are allowed; send a reference instead"
                            .formatted(bytes, limits.payloadBytes()));
        }
        policy(operation.policy(), place(branch, role));
    }

    /** Returns why a record is invalid there: no participant answers a record. Empty if the record is valid. */
    private String needsAnswer(int branch, Role role) {
        if (role != Role.FORWARD) {
            return "";
        }
        return switch (plan.pattern()) {
            case TWO_PHASE -> "a record cannot vote; let a participant prepare over gRPC or HTTP";
            case TCC -> "a record cannot be a try, because a record has no response; send it in the confirm";
            case MESSAGE ->
                branch == plan.checkBack()
                        ? "a record cannot be a check-back, because a record has no response; use gRPC or HTTP"
                        : "";
            case SAGA, NOTIFICATION -> "";
        };
    }

    /** Reports a policy once, even if the plan shares it among several operations. */
    private void policy(CallPolicy policy, PlanPath place) {
        if (!isValid(policy) && invalid.add(policy)) {
            error(ErrorCode.POLICY, place.field(".policy"), policyError(policy));
        }
    }

    /** Returns the policy values out of range, with their valid ranges, for people; empty if there are none. */
    public static String policyError(CallPolicy policy) {
        List<String> wrong = new ArrayList<>();
        if (!isWithin(SHORTEST, policy.timeout(), LONGEST_TIMEOUT)) {
            wrong.add("timeout %s must be 1 ms to 1 h".formatted(policy.timeout()));
        }
        if (policy.maxAttempts() < 1 || policy.maxAttempts() > MAX_ATTEMPTS) {
            wrong.add("max_attempts %s must be 1 to %s".formatted(policy.maxAttempts(), MAX_ATTEMPTS));
        }
        if (policy.firstBackoff().compareTo(SHORTEST) < 0) {
            wrong.add("first_backoff %s must be at least 1 ms".formatted(policy.firstBackoff()));
        }
        if (!isWithin(SHORTEST, policy.maxBackoff(), LONGEST_BACKOFF)) {
            wrong.add("max_backoff %s must be 1 ms to 7 days".formatted(policy.maxBackoff()));
        } else if (policy.firstBackoff().compareTo(policy.maxBackoff()) > 0) {
            wrong.add("first_backoff %s is longer than max_backoff %s: shorten first_backoff, or lengthen max_backoff"
                    .formatted(policy.firstBackoff(), policy.maxBackoff()));
        }
        if (!(policy.multiplier() >= 1 && policy.multiplier() <= LARGEST_MULTIPLIER)) {
            wrong.add("multiplier %s must be 1 to 100".formatted(policy.multiplier()));
        }
        if (policy.schedule().size() > MAX_PAUSES
                || !policy.schedule().stream().allMatch(pause -> isWithin(SHORTEST, pause, LONGEST_BACKOFF))) {
            wrong.add("schedule must have at most %s pauses, each 1 ms to 7 days".formatted(MAX_PAUSES));
        }
        return String.join("; ", wrong);
    }

    /** Returns whether calls can use that policy. */
    public static boolean isValid(CallPolicy policy) {
        return policyError(policy).isEmpty();
    }

    private static boolean isWithin(Duration low, Duration value, Duration high) {
        return value.compareTo(low) >= 0 && value.compareTo(high) <= 0;
    }

    /** Checks the sum of stored responses: each may be as large as a payload, and one row stores all of them. */
    private void storedResponses() {
        long responses = BindingCheck.responsesRead(plan);
        if (responses * limits.payloadBytes() > limits.storedResponseBytes()) {
            error(
                    ErrorCode.TOO_LARGE,
                    "plan",
                    ("%s responses must be stored and may have %s bytes each, at most %s together; bind from fewer"
                                    + " branches")
                            .formatted(responses, limits.payloadBytes(), limits.storedResponseBytes()));
        }
    }

    private PlanPath place(int branch, @Nullable Role role) {
        return PlanPath.of(plan, branch, role);
    }

    private void error(ErrorCode code, String field, String message) {
        findings.add(Finding.error(code, field, message));
    }
}
