package dev.entente.server.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.entente.core.plan.Finding;
import dev.entente.core.plan.HttpHeaders;
import dev.entente.core.plan.Limits;
import dev.entente.core.plan.MessageCheck;
import dev.entente.core.plan.PlanCheck;
import dev.entente.core.plan.PlanPath;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.json.Mistakes;
import dev.entente.server.codec.PlanBytes;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Submission;
import dev.entente.server.participant.InfrastructureMethods;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.v1.CheckRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Subscription;
import dev.entente.v1.TccBranch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** From what a client sent to what may be accepted, or every finding at once. Pure but for the clock; thread-safe. */
final class PlanIntake {
    private static final List<Role> ROLES = List.of(Role.values());
    private static final int MOST_NAMED = 5;

    private final PlanCodec codec;
    private final Limits limits;
    private final TargetGuard guard;
    private final Duration retention;
    private final boolean approvesOnExpiry;
    private final Supplier<Instant> clock;

    /**
     * @param retention how long finished transactions are known
     * @param approvesOnExpiry whether a plan may say that nobody's answer is a yes
     */
    PlanIntake(
            PlanCodec codec,
            Limits limits,
            TargetGuard guard,
            Duration retention,
            boolean approvesOnExpiry,
            Supplier<Instant> clock) {
        this.codec = codec;
        this.limits = limits;
        this.guard = guard;
        this.retention = retention;
        this.approvesOnExpiry = approvesOnExpiry;
        this.clock = clock;
    }

    /**
     * A plan that may be accepted.
     *
     * @param warnings for people; empty for most
     */
    record Checked(Submission submission, List<String> warnings) {}

    /**
     * A plan with all its branches.
     *
     * @param mistakes found while it was translated
     * @throws Refusal with them and everything else that is wrong
     */
    Checked submitted(Plan message, boolean strict, Caller caller, Mistakes mistakes) {
        PlanCodec.Decoded decoded = codec.decode(message);
        String gid = gid(message);
        List<Finding> found = decoded.check(limits, clock.get(), strict);
        List<Finding> findings = strict ? found.stream().map(Finding::asError).toList() : found;
        return new Checked(submission(gid, decoded, false, caller), sound(gid, decoded, findings, caller, mistakes));
    }

    /** A plan whose branches are registered later. */
    Checked begun(Plan message, Caller caller, Mistakes mistakes) {
        PlanCodec.Decoded decoded = codec.decode(message);
        String gid = gid(message);
        List<String> warnings = sound(gid, decoded, decoded.checkBegun(limits, clock.get()), caller, mistakes);
        return new Checked(submission(gid, decoded, true, caller), warnings);
    }

    private String gid(Plan message) {
        return message.getGid().isEmpty() ? GeneratedGids.next(clock.get().toEpochMilli()) : message.getGid();
    }

    /** The warnings, where nothing stands in the way. */
    private List<String> sound(
            String gid, PlanCodec.Decoded decoded, List<Finding> findings, Caller caller, Mistakes mistakes) {
        List<Finding> all = new ArrayList<>(PlanCheck.checkGid(gid));
        all.addAll(findings);
        addTargets(all, decoded);
        addQuestion(all, decoded, gid);
        addApprovals(all, decoded, caller);
        decoded.children().forEach((step, child) -> {
            List<Finding> below = new ArrayList<>();
            addTargets(below, child);
            addApprovals(below, child, caller);
            below.forEach(finding -> all.add(finding.moved("plan", step)));
        });
        refuseErrors(all, mistakes);
        return all.stream()
                .map(found -> found.code().id() + ": " + found.field() + ": " + found.message())
                .toList();
    }

    private static Submission submission(String gid, PlanCodec.Decoded decoded, boolean begins, Caller caller) {
        String submitter = caller.isKnown() ? caller.principal() : null;
        return new Submission(
                gid,
                submitter == null ? decoded.plan() : decoded.plan().by(submitter),
                PlanBytes.by(submitter, decoded.encoded()),
                decoded.digest(),
                begins,
                caller.traceparent());
    }

    /**
     * A subscription's delivery, with raw bytes.
     *
     * @throws Refusal with everything that is wrong with the subscription
     */
    Operation subscription(Subscription subscription) {
        PlanCodec.Decoded decoded = codec.decodeDelivery(subscription.getDeliver());
        List<Finding> findings =
                new ArrayList<>(MessageCheck.checkSubscription(subscription.getTopic(), subscription.getSubscriber()));
        if (subscription.getDeliver().hasTopic()) {
            findings.add(
                    Finding.error(ErrorCode.MALFORMED, "deliver.topic", "a topic is no subscriber; name a method"));
        }
        List<Finding> found = new ArrayList<>(decoded.check(limits, clock.get(), false));
        addTargets(found, decoded);
        found.forEach(finding -> findings.add(finding.moved("plan.message.deliveries[0]", "deliver")));
        refuseErrors(findings);
        return subscription.getDeliver();
    }

    /** A branch to be registered, as far as it can be told without its transaction. */
    PlanCodec.DecodedBranch registered(TccBranch branch, Mistakes mistakes) {
        PlanCodec.DecodedBranch decoded = codec.decodeBranch(branch);
        List<Finding> findings = new ArrayList<>(decoded.check(limits));
        addTargets(findings, decoded.branch(), role -> "tcc." + Pattern.TCC.operationName(role), false);
        refuseErrors(findings, mistakes);
        return decoded;
    }

    /** @throws Refusal ENT-023 with every response that is larger than one may be */
    void refuseLarge(Map<String, ByteString> responses) {
        List<Finding> findings = new ArrayList<>();
        responses.forEach((branch, response) -> {
            if (response.size() > limits.payloadBytes()) {
                findings.add(Finding.error(
                        ErrorCode.TOO_LARGE,
                        "branch_responses[" + branch + "]",
                        "has " + response.size() + " bytes, at most " + limits.payloadBytes() + " are kept"));
            }
        });
        refuseErrors(findings);
    }

    /** Whoever submits may narrow who approves, and never take the decision out of others' hands. */
    private void addApprovals(List<Finding> findings, PlanCodec.Decoded decoded, Caller caller) {
        var plan = decoded.plan();
        for (int i = 0; i < plan.branches().size(); i++) {
            Approval approval = plan.branches().get(i).approval();
            if (approval == null) {
                continue;
            }
            PlanPath place = PlanPath.of(plan, i, null);
            if (approval.onExpiry() == Approval.Expiry.APPROVE && !approvesOnExpiry) {
                findings.add(Finding.error(
                        ErrorCode.ROLE,
                        place.field(".approval.on_expiry"),
                        "a plan may not approve itself by waiting; say REJECT or PARK, or have an administrator set"
                                + " approvals.approveOnExpiry"));
            }
            if (caller.isKnown()
                    && Set.of(caller.principal()).containsAll(approval.approvers())
                    && !approval.approvers().isEmpty()) {
                findings.add(Finding.error(
                        ErrorCode.ROLE,
                        place.field(".approval.approvers"),
                        "'" + caller.principal() + "' submits the plan, so somebody else must approve it"));
            }
        }
    }

    private void addTargets(List<Finding> findings, PlanCodec.Decoded decoded) {
        var plan = decoded.plan();
        for (int i = 0; i < plan.branches().size(); i++) {
            int branch = i;
            addTargets(
                    findings,
                    plan.branches().get(i),
                    role -> PlanPath.of(plan, branch, role).field(""),
                    i == plan.checkBack());
        }
    }

    /** A question about another message, in this one's name, would settle that for good. */
    private static void addQuestion(List<Finding> findings, PlanCodec.Decoded decoded, String gid) {
        var plan = decoded.plan();
        var question = plan.checkBack() < 0
                ? null
                : plan.branches().get(plan.checkBack()).forward();
        if (question == null || !InfrastructureMethods.isCheck(question.target())) {
            return;
        }
        ByteString own = CheckRequest.newBuilder().setGid(gid).build().toByteString();
        boolean isOwn = question.body().isEmpty() || question.body().equals(own);
        if (!isOwn || !question.bindings().isEmpty()) {
            findings.add(Finding.error(
                    ErrorCode.TARGET_NOT_ALLOWED,
                    "plan.message.check_back",
                    "asks of another message than this one; leave the request out, or name '" + gid + "' in it"));
        }
    }

    private void addTargets(List<Finding> findings, Branch branch, Function<Role, String> field, boolean asksClient) {
        for (Role role : ROLES) {
            var operation = branch.operation(role);
            boolean isQuestion = asksClient && role == Role.FORWARD;
            if (operation != null && InfrastructureMethods.isOne(operation.target(), isQuestion)) {
                findings.add(Finding.error(
                        ErrorCode.TARGET_NOT_ALLOWED,
                        field.apply(role),
                        ("'%s' is called by coordinators and operators themselves, not for a plan; name a method of the"
                                        + " service")
                                .formatted(((Target.Grpc) operation.target()).method())));
                continue;
            }
            Refusal refusal =
                    operation == null || operation.target().participant().isEmpty()
                            ? null
                            : guard.refusal(operation.target());
            if (refusal != null) {
                findings.add(Finding.error(refusal.code(), field.apply(role), Mistakes.bare(refusal)));
            }
            if (operation != null && refusal == null) {
                addHeaders(findings, operation.target(), field.apply(role));
            }
        }
    }

    private void addHeaders(List<Finding> findings, Target target, String field) {
        List<String> refused = guard.refusedHeaders(target);
        if (!refused.isEmpty()) {
            findings.add(Finding.error(
                    ErrorCode.MALFORMED,
                    field + ".http.headers",
                    "participant '%s' takes no %s from a plan; add it to participants.%s.headers, or leave it out"
                            .formatted(target.participant(), quoted(refused), target.participant())));
        }
    }

    /** A plan has as many headers as it likes: the first ones tell enough. */
    private static String quoted(List<String> names) {
        String some = names.stream().limit(MOST_NAMED).map(HttpHeaders::shown).collect(Collectors.joining(", "));
        return names.size() > MOST_NAMED ? some + " and " + (names.size() - MOST_NAMED) + " more" : some;
    }

    private static void refuseErrors(List<Finding> findings) {
        refuseErrors(findings, new Mistakes());
    }

    private static void refuseErrors(List<Finding> findings, Mistakes mistakes) {
        mistakes.join(findings.stream()
                .filter(found -> !found.isWarning())
                .map(found -> new Refusal.Violation(found.code(), found.field(), found.message(), found.count()))
                .toList());
        mistakes.refuse(findings.stream()
                .filter(Finding::isWarning)
                .map(found -> new Refusal.Violation(
                        found.code(), found.field(), "warning: " + found.message(), found.count()))
                .toList());
    }

    /** @throws Refusal ENT-032 where the gid was first sent so long ago that it may have run and be forgotten */
    void refuseForgotten(Timestamp firstAttempt) {
        Instant first = Filters.instant(firstAttempt, "first_attempt_time");
        if (first.isBefore(clock.get().minus(retention))) {
            throw Refusal.of(
                    ErrorCode.TOO_OLD,
                    "this gid was first sent at " + first + ", longer ago than finished transactions are kept ("
                            + retention + "); find out what became of it, and use another gid");
        }
    }
}
