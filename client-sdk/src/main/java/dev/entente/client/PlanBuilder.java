package dev.entente.client;

import dev.entente.client.call.CallDeadline;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Plan;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.wire.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The common part of all plans: identity, time, labels, and the ways to submit. A builder is one transaction:
 * submitting it again sends the same gid, and joins what was accepted. Not thread-safe.
 *
 * @param <S> the builder itself
 */
public abstract class PlanBuilder<S extends PlanBuilder<S>> {
    private static final Pattern GID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

    private final PlanContext context;
    private final Plan.Builder plan;
    private @Nullable Duration timeout;
    private @Nullable Retry retry;
    private @Nullable Instant firstAttempt;
    private boolean strict;
    private @Nullable Plan sent;

    PlanBuilder(PlanContext context, String name) {
        this.context = context;
        this.plan = Plan.newBuilder().setName(name);
        this.timeout = context.timeout();
        this.retry = context.retry();
    }

    /**
     * The transaction's id, best made from the business's own: {@code order-4711}. Unless given, a new one, ordered by
     * time.
     *
     * @param gid {@code [A-Za-z0-9._:-]{1,128}}
     * @throws TransactionRefused ENT-010 for another one; an empty one too, which would be a new one each time
     */
    public S gid(String gid) {
        if (gid == null || !GID.matcher(gid).matches()) {
            throw TransactionRefused.mistake(
                    "ENT-010",
                    "the gid '" + gid + "' is not [A-Za-z0-9._:-]{1,128}; make it from the business's own id, such as"
                            + " order-4711, or leave it out");
        }
        plan.setGid(gid);
        return self();
    }

    /** The transaction's id; made now if none was given. */
    public String gid() {
        if (plan.getGid().isEmpty()) {
            plan.setGid(context.gids().next());
        }
        return plan.getGid();
    }

    /** Something to search by; at most 16 of them. */
    public S label(String key, String value) {
        plan.putLabels(key, value);
        return self();
    }

    /**
     * How long the transaction may take from its acceptance; then it turns back, unless it is past its point of no
     * return.
     */
    public S deadline(Duration deadline) {
        plan.setDeadline(Times.proto(Times.positive(deadline, "the deadline")));
        return self();
    }

    /** Accepted now, started then. */
    public S startAt(Instant start) {
        plan.setStartTime(Times.proto(start));
        return self();
    }

    /**
     * Accepted now, started after that time. It is counted from this call on; a process that may have to repeat another
     * one's plan, to the letter, says {@link #startAt}.
     */
    public S delay(Duration delay) {
        return startAt(coordinator().now().plus(delay));
    }

    /** How long one attempt of a call may take, where the call does not say. */
    public S timeout(Duration perAttempt) {
        timeout = Times.positive(perAttempt, "the timeout");
        return self();
    }

    /** How often calls are attempted, where they do not say. */
    public S retry(Retry retry) {
        this.retry = retry;
        return self();
    }

    /**
     * Refuses a plan for what would otherwise be a warning. Without it warnings are in {@link Submitted#warnings}, and
     * in the log, once for each name of a plan.
     */
    public S strict() {
        strict = true;
        return self();
    }

    /**
     * When this gid was first sent, for those who keep plans and send them again from elsewhere. After seven days it is
     * not sent any more (ENT-032): whether it ran may no longer be known.
     */
    public S firstAttemptAt(Instant first) {
        firstAttempt = first;
        return self();
    }

    /** The plan as it would be sent. */
    public Plan toProto() {
        gid();
        Plan.Builder whole = plan.clone();
        CallPolicy defaults = Call.policy(timeout, retry);
        if (!defaults.equals(CallPolicy.getDefaultInstance())) {
            whole.setDefaults(defaults);
        }
        return addPattern(whole).build();
    }

    /**
     * Hands the plan over. Blocks until it is durable.
     *
     * @throws TransactionRefused if the plan is wrong, or the gid stands with another one (ENT-031)
     * @throws CoordinatorUnavailable if no answer came; it may have been accepted, unless {@link
     *     CoordinatorUnavailable#certainty} says that it was not sent, so submit this builder, or the same plan under
     *     the same gid, again
     */
    public Submitted submit() {
        return BlockingWait.await(accepted(), gid());
    }

    /** As {@link #submit}, without blocking. */
    public CompletableFuture<Submitted> submitAsync() {
        return coordinator().handedOver(accepted());
    }

    private CompletableFuture<Submitted> accepted() {
        return send(unchanged(request()), coordinator().patience(Duration.ZERO)).thenApply(Submitted::of);
    }

    /**
     * Hands the plan over and waits for its end. Blocks. Inside of a transaction of Spring's it warns in the log.
     *
     * @param wait at most so long, with the repetitions of a call that is not answered; an answer under way at its end
     *     has 2 s more. The transaction goes on afterwards. Zero: as {@link #submit}
     * @throws TransactionRefused as {@link #submit}
     * @throws CoordinatorUnavailable as {@link #submit}
     */
    public Outcome submitAndWait(Duration wait) {
        warnInTransaction();
        return BlockingWait.await(ended(wait), gid());
    }

    /** As {@link #submitAndWait}, without blocking. */
    public CompletableFuture<Outcome> submitAndWaitAsync(Duration wait) {
        return coordinator().handedOver(ended(wait));
    }

    /** For what does not block: it may come on the thread that brings other answers, too. */
    final CompletableFuture<Outcome> ended(Duration wait) {
        CallDeadline patience = coordinator().patience(wait);
        return send(unchanged(request()), patience)
                .thenCompose(sent -> coordinator().outcome(sent.getTransaction(), patience));
    }

    /**
     * Has the plan checked, and submits nothing. Blocks.
     *
     * @return what the coordinator finds doubtful
     * @throws TransactionRefused with every mistake in the plan
     */
    public List<String> validate() {
        return BlockingWait.read(validated(), gid());
    }

    /** As {@link #validate}, without blocking. */
    public CompletableFuture<List<String>> validateAsync() {
        return coordinator().handedOver(validated());
    }

    private CompletableFuture<List<String>> validated() {
        SubmitTransactionRequest request =
                request().toBuilder().setValidateOnly(true).build();
        return coordinator()
                .submit(request, coordinator().now(), coordinator().patience(Duration.ZERO))
                .thenApply(checked -> List.copyOf(checked.getWarningsList()));
    }

    /** Tells whether the common part of the plan sets nothing but the name. */
    final boolean isPlain() {
        return plan.build().equals(Plan.newBuilder().setName(plan.getName()).build());
    }

    /** For what blocks until the transaction ends. */
    final void warnInTransaction() {
        coordinator().warnings().awaitedInTransaction(plan.getName(), gid());
    }

    abstract Plan.Builder addPattern(Plan.Builder plan);

    @SuppressWarnings("unchecked") // each builder is the builder of itself
    private S self() {
        return (S) this;
    }

    final CoordinatorClient coordinator() {
        return context.coordinator();
    }

    final @Nullable Duration timeout() {
        return timeout;
    }

    final @Nullable Retry retry() {
        return retry;
    }

    final void resultBranch(String branch) {
        plan.setResultBranch(branch);
    }

    /** When this gid is, or was, first sent. */
    final Instant firstAttempt() {
        if (firstAttempt == null) {
            firstAttempt = coordinator().now();
        }
        return firstAttempt;
    }

    private SubmitTransactionRequest request() {
        return SubmitTransactionRequest.newBuilder()
                .setPlan(toProto())
                .setStrict(strict)
                .build();
    }

    /** A builder is one transaction: what was sent under its gid is what is sent again. */
    private SubmitTransactionRequest unchanged(SubmitTransactionRequest request) {
        if (sent != null && !sent.equals(request.getPlan())) {
            throw new IllegalStateException("the plan of '" + gid()
                    + "' was changed after it was submitted; a builder is one transaction: make another, with a gid of"
                    + " its own");
        }
        sent = request.getPlan();
        return request;
    }

    /** @throws TransactionRefused ENT-018 if that call takes a field of a response in another plan */
    final void refuseForeign(String branch, Call<?> call) {
        call.refuseOthersThan(this, branch);
    }

    private CompletableFuture<SubmitTransactionResponse> send(SubmitTransactionRequest request, CallDeadline patience) {
        return coordinator().submit(request, firstAttempt(), patience);
    }
}
