package dev.entente.client;

import dev.entente.v1.Plan;
import dev.entente.v1.TccBranch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Branches that are tried, then all confirmed or all cancelled. Declarative ({@link #branch}, then submit): the
 * coordinator calls the tries. Interactive ({@link #execute}): the caller does, and decides with their answers in hand.
 *
 * <p>Made by {@link Entente#tcc}. Not thread-safe.
 */
public final class Tcc extends PlanBuilder<Tcc> {
    private final List<TccBranch> branches = new ArrayList<>();
    private boolean sequential;

    Tcc(PlanContext context, String name) {
        super(context, name);
    }

    /**
     * Adds a branch whose tries the coordinator calls.
     *
     * @param id the branch's name, {@code [a-z0-9._-]{1,64}}
     * @param tryCall checks and reserves
     * @param confirm makes it good, with fields of what try answered: it is only called if every try was seen to
     *     succeed
     * @param cancel lets it go; it works from gid and branch alone, for what try answered may never have been seen
     */
    public Tcc branch(String id, Call<?> tryCall, Function<Response, Call<?>> confirm, Call<?> cancel) {
        return branch(id, tryCall, confirm.apply(tryCall.response(id, this)), cancel);
    }

    /**
     * As {@link #branch(String, Call, Function, Call)}, with a confirm that needs nothing of what try answered.
     */
    public Tcc branch(String id, Call<?> tryCall, Call<?> confirm, Call<?> cancel) {
        refuseForeign(id, confirm);
        branches.add(toProto(id, "", tryCall, confirm, cancel));
        return this;
    }

    /**
     * As {@link #branch(String, Call, Function, Call)}, nested under a branch that was added before: its try is
     * called when its parent's has succeeded. Parents are confirmed before their children, and cancelled after them.
     *
     * @param parent the parent's path, {@code debit} or {@code debit/fee}
     * @param id the last part of the branch's path, {@code [a-z0-9._-]{1,64}}
     */
    public Tcc child(String parent, String id, Call<?> tryCall, Function<Response, Call<?>> confirm, Call<?> cancel) {
        return child(parent, id, tryCall, confirm.apply(tryCall.response(parent + "/" + id, this)), cancel);
    }

    /**
     * As {@link #child(String, String, Call, Function, Call)}, with a confirm that needs nothing of the answer.
     */
    public Tcc child(String parent, String id, Call<?> tryCall, Call<?> confirm, Call<?> cancel) {
        refuseForeign(id, confirm);
        branches.add(toProto(id, parent, tryCall, confirm, cancel));
        return this;
    }

    /** Tries the branches one after another; unless said, all at once. */
    public Tcc sequential() {
        sequential = true;
        return this;
    }

    /** That branch's try response is the transaction's result: {@link Outcome.Succeeded#result}. */
    public Tcc result(String branch) {
        resultBranch(branch);
        return this;
    }

    /**
     * The code of an interactive transaction, between Begin and the decision.
     *
     * @param <T> what it returns
     * @param <X> what it may throw
     */
    @FunctionalInterface
    public interface Body<T, X extends Exception> {
        /** Tries branches in the scope; returning commits, throwing aborts. */
        T run(TccScope scope) throws X;
    }

    /**
     * Begins a transaction, runs the body, and commits. Blocks until the decision is durable; the confirms go on
     * afterwards.
     *
     * <ul>
     *   <li>An exception in the body aborts, and is rethrown.
     *   <li>A branch that could not be registered or tried dooms the scope, even if the body catches the exception.
     *   <li>Once Commit was sent nothing aborts any more: unanswered, it is repeated, then {@link TransactionPending}.
     *   <li>If this process dies, the deadline aborts: 60 s, unless {@link #deadline} says otherwise.
     * </ul>
     *
     * @return what the body returned; the transaction is committed
     * @throws X out of the body; the transaction is aborted
     * @throws TransactionAborted if the scope was doomed, or the deadline came first
     * @throws TransactionPending if the commit was not answered
     * @throws TransactionRefused if the gid was used before, or the commit was refused (ENT-045)
     * @throws CoordinatorUnavailable if it could not begin; the body did not run
     * @throws IllegalStateException if branches were declared with {@link #branch}
     */
    public <T, X extends Exception> T execute(Body<T, X> body) throws X {
        refuseDeclared();
        warnInTransaction();
        return BlockingWait.await(begun(), gid()).execute(body);
    }

    /**
     * The work of an interactive transaction, done without blocking.
     *
     * @param <T> what it comes to
     */
    @FunctionalInterface
    public interface AsyncBody<T> {
        /**
         * Tries branches in the scope, with {@link TccScope#tryBranchAsync}. That its stage completes commits, that it
         * fails aborts.
         */
        CompletionStage<T> run(TccScope scope) throws Exception;
    }

    /**
     * As {@link #execute}, without blocking: the future fails with the same exceptions. Cancelling it aborts, until
     * Commit was sent; that its body goes on does not matter then. The body runs in the caller's gRPC context; where
     * that is cancelled before Commit was sent, it aborts, too.
     *
     * @throws IllegalStateException if branches were declared with {@link #branch}
     */
    public <T> CompletableFuture<T> executeAsync(AsyncBody<T> body) {
        refuseDeclared();
        return InteractiveTransaction.execute(coordinator(), begun(), body);
    }

    private CompletableFuture<InteractiveTransaction> begun() {
        return InteractiveTransaction.begin(coordinator(), toProto(), firstAttempt(), timeout(), retry());
    }

    private void refuseDeclared() {
        if (!branches.isEmpty()) {
            throw new IllegalStateException(
                    "branches are either declared and submitted, or tried in the body of execute; this plan declares "
                            + branches.stream().map(TccBranch::getId).toList());
        }
    }

    static TccBranch toProto(String id, String parent, Call<?> tryCall, Call<?> confirm, Call<?> cancel) {
        if (tryCall.hasBindings() || cancel.hasBindings()) {
            throw new IllegalArgumentException("branch '" + id
                    + "': only confirm can use what a try answered; the try comes before any answer, and the "
                    + "cancel must do without one that may never have been seen");
        }
        return TccBranch.newBuilder()
                .setId(id)
                .setParent(parent)
                .setTry(tryCall.toProto())
                .setConfirm(confirm.toProto())
                .setCancel(cancel.toProto())
                .build();
    }

    @Override
    Plan.Builder addPattern(Plan.Builder plan) {
        plan.getTccBuilder().setSequential(sequential).addAllBranches(branches);
        return plan;
    }
}
