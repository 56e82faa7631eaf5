package dev.entente.server.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import dev.entente.core.plan.Finding;
import dev.entente.core.plan.HttpHeaders;
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
import dev.entente.server.api.json.JsonPayloads;
import dev.entente.server.api.json.Mistakes;
import dev.entente.server.codec.GeneratedGids;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Submission;
import dev.entente.server.participant.InfrastructureMethods;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.CheckRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Subscription;
import dev.entente.v1.TccBranch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Converts a client's plan to a submission, or reports all findings at once. Thread-safe. */
final class PlanValidation {
    private static final List<Role> ROLES = List.of(Role.values());
    private static final int MAX_NAMED = 5;

    private final PlanCodec codec;
    private final TargetGuard guard;
    private final ApiLimits terms;
    private final JsonPayloads json;
    private final Blocking blocking;

    PlanValidation(PlanCodec codec, TargetGuard guard, ApiLimits terms, JsonPayloads json, Blocking blocking) {
        this.codec = codec;
        this.guard = guard;
        this.terms = terms;
        this.json = json;
        this.blocking = blocking;
    }

    /**
     * An acceptable plan.
     *
     * @param warnings for users; usually empty
     */
    record Checked(Submission submission, List<String> warnings) {}

    /** Checks a plan with all its branches. JSON is translated on another thread, plain bytes on this thread. */
    CompletableFuture<Checked> submitted(SubmitTransactionRequest request, Caller caller) {
        if (request.hasFirstAttemptTime()) {
            refuseForgotten(request.getFirstAttemptTime());
        }
        boolean strict = request.getStrict();
        return checked(request.getPlan(), false, caller, decoded -> {
            List<Finding> found = decoded.check(terms.limits(), Instant.now(), strict);
            return strict ? found.stream().map(Finding::asError).toList() : found;
        });
    }

    /** Checks a plan to which branches are registered later. */
    CompletableFuture<Checked> begun(BeginTransactionRequest request, Caller caller) {
        if (request.hasFirstAttemptTime()) {
            refuseForgotten(request.getFirstAttemptTime());
        }
        return checked(request.getPlan(), true, caller, decoded -> decoded.checkBegun(terms.limits(), Instant.now()));
    }

    private CompletableFuture<Checked> checked(
            Plan sent, boolean begins, Caller caller, Function<PlanCodec.Decoded, List<Finding>> check) {
        return translated(sent, (plan, mistakes) -> {
            PlanCodec.Decoded decoded = codec.decode(plan);
            String gid =
                    plan.getGid().isEmpty() ? GeneratedGids.next(Instant.now().toEpochMilli()) : plan.getGid();
            List<String> warnings = sound(gid, decoded, check.apply(decoded), caller, mistakes);
            return new Checked(submission(gid, decoded, begins, caller), warnings);
        });
    }

    /** Reads a plan or a branch after the translation of its JSON. */
    private <M extends Message, R> CompletableFuture<R> translated(M message, BiFunction<M, Mistakes, R> read) {
        return json.isNeeded(message)
                ? blocking.run(() -> {
                    Mistakes mistakes = new Mistakes();
                    return read.apply(json.translate(message, mistakes), mistakes);
                })
                : CompletableFuture.completedFuture(read.apply(message, new Mistakes()));
    }

    /**
     * Checks a branch for registration. The check does not need the transaction, because the branch binds only
     * responses of its own try.
     */
    CompletableFuture<PlanCodec.DecodedBranch> registered(TccBranch branch) {
        return translated(branch, this::registered);
    }

    private PlanCodec.DecodedBranch registered(TccBranch branch, Mistakes mistakes) {
        PlanCodec.DecodedBranch decoded = codec.decodeBranch(branch);
        List<Finding> findings = new ArrayList<>(decoded.check(terms.limits()));
        addTargets(findings, decoded.branch(), role -> "tcc." + Pattern.TCC.operationName(role), false);
        mistakes.refuse(findings);
        return decoded;
    }

    /** Returns the warnings if there is no error. */
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
        mistakes.refuse(all);
        return all.stream()
                .map(found -> found.code().id() + ": " + found.field() + ": " + found.message())
                .toList();
    }

    private static Submission submission(String gid, PlanCodec.Decoded decoded, boolean begins, Caller caller) {
        PlanCodec.Decoded named = decoded.by(caller.isKnown() ? caller.principal() : null, caller.traceOf(gid));
        return new Submission(gid, named.plan(), named.encoded(), named.digest(), begins);
    }

    /**
     * Returns a subscription's delivery, with raw bytes.
     *
     * @throws Refusal with all errors of the subscription
     */
    Operation subscription(Subscription subscription) {
        PlanCodec.Decoded decoded = codec.decodeDelivery(subscription.getDeliver());
        List<Finding> findings =
                new ArrayList<>(MessageCheck.checkSubscription(subscription.getTopic(), subscription.getSubscriber()));
        if (subscription.getDeliver().hasTopic()) {
            findings.add(Finding.error(
                    ErrorCode.MALFORMED, "deliver.topic", "a topic cannot be a subscriber; set a method"));
        }
        List<Finding> found = new ArrayList<>(decoded.check(terms.limits(), Instant.now(), false));
        addTargets(found, decoded);
        found.forEach(finding -> findings.add(finding.moved("plan.message.deliveries[0]", "deliver")));
        new Mistakes().refuse(findings);
        return subscription.getDeliver();
    }

    /** @throws Refusal ENT-023 with each response that exceeds the limit */
    void refuseLarge(Map<String, ByteString> responses) {
        List<Finding> findings = new ArrayList<>();
        responses.forEach((branch, response) -> {
            if (response.size() > terms.limits().payloadBytes()) {
                findings.add(Finding.error(
                        ErrorCode.TOO_LARGE,
                        "branch_responses[" + branch + "]",
                        "has " + response.size() + " bytes, at most "
                                + terms.limits().payloadBytes() + " are allowed"));
            }
        });
        new Mistakes().refuse(findings);
    }

    /** Finds forbidden approvals: a submitter may restrict the approvers, but must not make the decision. */
    private void addApprovals(List<Finding> findings, PlanCodec.Decoded decoded, Caller caller) {
        var plan = decoded.plan();
        for (int i = 0; i < plan.branches().size(); i++) {
            Approval approval = plan.branches().get(i).approval();
            if (approval == null) {
                continue;
            }
            PlanPath place = PlanPath.of(plan, i, null);
            if (approval.onExpiry() == Approval.Expiry.APPROVE && !terms.approvesOnExpiry()) {
                findings.add(Finding.error(
                        ErrorCode.ROLE,
                        place.field(".approval.on_expiry"),
                        "a plan must not approve a step by timeout; use REJECT or PARK, or have an administrator set"
                                + " approvals.approveOnExpiry"));
            }
            if (caller.isKnown()
                    && Set.of(caller.principal()).containsAll(approval.approvers())
                    && !approval.approvers().isEmpty()) {
                findings.add(Finding.error(
                        ErrorCode.ROLE,
                        place.field(".approval.approvers"),
                        "'" + caller.principal() + "' submits the plan: another person must approve it"));
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

    /** Refuses a check-back about another message, because a check-back decides a message's outcome permanently. */
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
                    "the check-back names another message; leave the request out, or set the gid '" + gid + "' in the"
                            + " request"));
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
                        ("'%s' is a method for coordinators and operators, and a plan must not call it; use a method of"
                                        + " the service")
                                .formatted(((Target.Grpc) operation.target()).method())));
                continue;
            }
            Refusal refusal =
                    operation == null || operation.target().participant().isEmpty()
                            ? null
                            : guard.refusal(operation.target());
            if (operation != null && refusal != null) {
                String text = Mistakes.bare(refusal);
                findings.add(
                        guard.awaitsAnnouncement(operation.target().participant())
                                ? Finding.warning(refusal.code(), field.apply(role), text)
                                : Finding.error(refusal.code(), field.apply(role), text));
            } else if (operation != null) {
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
                    ("participant '%s' does not accept the header %s from a plan; add the header to"
                                    + " participants.%s.headers, or leave it out")
                            .formatted(target.participant(), quoted(refused), target.participant())));
        }
    }

    /** Names the first headers only, because a plan may have any number of headers. */
    private static String quoted(List<String> names) {
        String some = names.stream().limit(MAX_NAMED).map(HttpHeaders::shown).collect(Collectors.joining(", "));
        return names.size() > MAX_NAMED ? some + " and " + (names.size() - MAX_NAMED) + " more" : some;
    }

    /** @throws Refusal ENT-032 if the first attempt is so old that the transaction may have run and been deleted */
    private void refuseForgotten(Timestamp firstAttempt) {
        Instant first = Filters.instant(firstAttempt, "first_attempt_time");
        if (first.isBefore(Instant.now().minus(terms.retention()))) {
            throw Refusal.of(
                    ErrorCode.TOO_OLD,
                    "this gid was first sent at " + first + ", longer ago than the retention of finished transactions ("
                            + terms.retention() + "); find out its outcome, and use another gid");
        }
    }
}
