package dev.entente.client;

import dev.entente.v1.Plan;
import dev.entente.v1.TccBranch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Branches that are tried, then all confirmed or all cancelled. In declarative use ({@link #branch}, then submit) the
 * coordinator calls the tries. In interactive use ({@link #execute}) the caller makes the tries and sees their
 * responses.
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
     * Adds a branch. The coordinator calls its try.
     *
     * @param id the branch's name, {@code [a-z0-9._-]{1,64}}
     * @param tryCall checks and reserves
     * @param confirm makes the reservation final, with fields of the try's response; called only after every try has
     *     succeeded
     * @param cancel releases the reservation by gid and branch, because the try's response may be unknown
     */
    public Tcc branch(String id, Call<?> tryCall, Function<Response, Call<?>> confirm, Call<?> cancel) {
        return branch(id, tryCall, confirm.apply(tryCall.response(id, this)), cancel);
    }

    /** As {@link #branch(String, Call, Function, Call)}, with a confirm that needs no field of the try's response. */
    public Tcc branch(String id, Call<?> tryCall, Call<?> confirm, Call<?> cancel) {
        refuseForeign(id, confirm);
        branches.add(toProto(id, "", tryCall, confirm, cancel));
        return this;
    }

    /**
     * As {@link #branch(String, Call, Function, Call)}, nested under an earlier branch. The try is called after the
     * parent's try has succeeded. Parents are confirmed before their children, and cancelled after them.
     *
     * @param parent the parent's path, {@code debit} or {@code debit/fee}
     * @param id the last part of the branch's path, {@code [a-z0-9._-]{1,64}}
     */
    public Tcc child(String parent, String id, Call<?> tryCall, Function<Response, Call<?>> confirm, Call<?> cancel) {
        return child(parent, id, tryCall, confirm.apply(tryCall.response(parent + "/" + id, this)), cancel);
    }

    /** As {@link #child(String, String, Call, Function, Call)}, with a confirm that needs no field of the response. */
    public Tcc child(String parent, String id, Call<?> tryCall, Call<?> confirm, Call<?> cancel) {
        refuseForeign(id, confirm);
        branches.add(toProto(id, parent, tryCall, confirm, cancel));
        return this;
    }

    /** Tries the branches one after another; the default is concurrently. */
    public Tcc sequential() {
        sequential = true;
        return this;
    }

    /** Sets the branch whose try response is the transaction's result: {@link Outcome.Succeeded#result}. */
    public Tcc result(String branch) {
        resultBranch(branch);
        return this;
    }

    /**
     * The code of an interactive transaction, between Begin and the decision.
     *
     * @param <T> the result
     * @param <X> the exception that it may throw
     */
    @FunctionalInterface
    public interface Body<T, X extends Exception> {
        /** Tries branches in the scope; returning commits, throwing aborts. */
        T run(TccScope scope) throws X;
    }

    /**
     * Begins a transaction, runs the body, and commits. Blocks until the decision is durable. The confirms continue
     * afterwards.
     *
     * <ul>
     *   <li>An exception in the body aborts, and is rethrown.
     *   <li>If a branch could not be registered or tried, the scope aborts, even if the body catches the exception.
     *   <li>After Commit was sent, the client never aborts. The client repeats a Commit without a response, then throws
     *       {@link TransactionPending}.
     *   <li>If this process dies, the deadline aborts: 60 s, unless {@link #deadline} is set.
     * </ul>
     *
     * @return the result of the body; the transaction is committed
     * @throws X of the body; the transaction is aborted
     * @throws TransactionAborted if a branch did not succeed, or the deadline came first
     * @throws TransactionPending if there is no response to the commit
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
     * @param <T> the result
     */
    @FunctionalInterface
    public interface AsyncBody<T> {
        /**
         * Tries branches in the scope, with {@link TccScope#tryBranchAsync}. Completion of the returned stage commits;
         * its failure aborts.
         */
        CompletionStage<T> run(TccScope scope) throws Exception;
    }

    /**
     * As {@link #execute}, without blocking: the future fails with the same exceptions. Cancelling the future aborts,
     * until Commit was sent; the body may continue, without effect. The body runs in the caller's gRPC context.
     * Cancelling that context before Commit was sent also aborts.
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
                    + "': only confirm can use the response of a try; a try is called before there is a response, and a"
                    + " cancel must work without the response");
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
