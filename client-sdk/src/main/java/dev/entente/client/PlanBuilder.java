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
 * The common part of all plans: identity, times, labels, and the methods to submit. A builder is one transaction: a
 * repeated submit sends the same gid and returns the accepted transaction. Not thread-safe.
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
     * Sets the transaction's id, preferably derived from a business id: {@code order-4711}. The default is a new id,
     * ordered by time.
     *
     * @param gid {@code [A-Za-z0-9._:-]{1,128}}
     * @throws TransactionRefused ENT-010 for another format. An empty gid is refused, because it would be new each time
     */
    public S gid(String gid) {
        if (gid == null || !GID.matcher(gid).matches()) {
            throw TransactionRefused.mistake(
                    "ENT-010",
                    "the gid '" + gid + "' is not [A-Za-z0-9._:-]{1,128}; derive the gid from a business id, such as"
                            + " order-4711, or leave out the gid");
        }
        plan.setGid(gid);
        return self();
    }

    /** Returns the transaction's id. Creates a new id if none was set. */
    public String gid() {
        if (plan.getGid().isEmpty()) {
            plan.setGid(context.gids().next());
        }
        return plan.getGid();
    }

    /** Adds a label for searches; at most 16. */
    public S label(String key, String value) {
        plan.putLabels(key, value);
        return self();
    }

    /**
     * Sets how long the transaction may take from its acceptance. Then it switches to undo, unless it has
     * passed its point of no return.
     */
    public S deadline(Duration deadline) {
        plan.setDeadline(Times.proto(Times.positive(deadline, "the deadline")));
        return self();
    }

    /** Sets a start time. The transaction is accepted now. */
    public S startAt(Instant start) {
        plan.setStartTime(Times.proto(start));
        return self();
    }

    /**
     * Sets the start to a time after now. The time is computed in this call. If several processes must send exactly the
     * same plan, use {@link #startAt}.
     */
    public S delay(Duration delay) {
        return startAt(coordinator().now().plus(delay));
    }

    /** Sets the timeout of one attempt, for calls without their own timeout. */
    public S timeout(Duration perAttempt) {
        timeout = Times.positive(perAttempt, "the timeout");
        return self();
    }

    /** Sets the attempts and pauses, for calls without their own setting. */
    public S retry(Retry retry) {
        this.retry = retry;
        return self();
    }

    /**
     * Refuses a plan that would otherwise cause a warning. Without this setting warnings are in {@link
     * Submitted#warnings}, and in the log, once for each name of a plan.
     */
    public S strict() {
        strict = true;
        return self();
    }

    /**
     * Sets when this gid was first sent, for stored plans that another process may have sent. From seven days after
     * this time the plan is not sent (ENT-032), because the coordinator may have removed the transaction.
     */
    public S firstAttemptAt(Instant first) {
        firstAttempt = first;
        return self();
    }

    /** Returns the plan in the format in which it is sent. */
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
     * Submits the plan. Blocks until the plan is durable.
     *
     * @throws TransactionRefused if the plan is wrong, or the gid belongs to another plan (ENT-031)
     * @throws CoordinatorUnavailable if there is no response. The plan may have been accepted, unless {@link
     *     CoordinatorUnavailable#certainty} reports that it was not sent. Submit this builder again, or the same plan
     *     with the same gid
     */
    public Submitted submit() {
        return BlockingWait.await(accepted(), gid());
    }

    /** As {@link #submit}, without blocking. */
    public CompletableFuture<Submitted> submitAsync() {
        return coordinator().handedOver(accepted());
    }

    private CompletableFuture<Submitted> accepted() {
        return send(unchanged(request()), coordinator().callDeadline(Duration.ZERO))
                .thenApply(Submitted::of);
    }

    /**
     * Submits the plan and waits until the transaction finishes or is parked. Blocks. Inside a transaction of Spring
     * this method logs a warning.
     *
     * @param wait the longest wait, including repetitions of a call without a response. The last response may arrive up
     *     to 2 s after the wait. The transaction continues after the wait. Zero: as {@link #submit}
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

    /**
     * Returns a future for stages that do not block, because it may complete on the thread that reads other answers.
     */
    final CompletableFuture<Outcome> ended(Duration wait) {
        CallDeadline callDeadline = coordinator().callDeadline(wait);
        return send(unchanged(request()), callDeadline)
                .thenCompose(sent -> coordinator().outcome(sent.getTransaction(), callDeadline));
    }

    /**
     * Validates the plan in the coordinator, without a submit. Blocks.
     *
     * @return the coordinator's warnings
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
                .submit(request, coordinator().now(), coordinator().callDeadline(Duration.ZERO))
                .thenApply(checked -> List.copyOf(checked.getWarningsList()));
    }

    /** Returns whether the common part of the plan sets nothing but the name. */
    final boolean isPlain() {
        return plan.build().equals(Plan.newBuilder().setName(plan.getName()).build());
    }

    /**
     * Logs a warning inside a transaction of Spring. Methods that block until the transaction finishes call this
     * method.
     */
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

    /** Returns when this gid is, or was, first sent. */
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

    /** Refuses a plan that was changed after it was sent, because a builder is one transaction. */
    private SubmitTransactionRequest unchanged(SubmitTransactionRequest request) {
        if (sent != null && !sent.equals(request.getPlan())) {
            throw new IllegalStateException("the plan of '" + gid()
                    + "' was changed after it was submitted; a builder is for one transaction: make another builder,"
                    + " with another gid");
        }
        sent = request.getPlan();
        return request;
    }

    /** @throws TransactionRefused ENT-018 if the call takes a field of a response in another plan */
    final void refuseForeign(String branch, Call<?> call) {
        call.refuseOthersThan(this, branch);
    }

    private CompletableFuture<SubmitTransactionResponse> send(
            SubmitTransactionRequest request, CallDeadline callDeadline) {
        return coordinator().submit(request, firstAttempt(), callDeadline);
    }
}
