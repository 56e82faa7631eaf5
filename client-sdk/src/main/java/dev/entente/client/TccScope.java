package dev.entente.client;

import dev.entente.client.Tries.Tried;
import dev.entente.wire.TriedChildren;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An interactive TCC transaction that has begun: register a branch, call its try, look at the answer. {@link
 * Tcc#execute} opens and ends one. {@link Entente#join} enters another's, to register children of the branch whose try
 * it is called from: whoever began that one decides it. Thread-safe.
 *
 * <p>What a child's try answers in a scope that was joined stays here, and never reaches the coordinator. So confirm,
 * like cancel, works from gid and branch alone there; a participant finds its own answer with {@code
 * Branch.forwardResponse}.
 */
public final class TccScope {
    private final TrySession session;
    private final Tries tries;
    private final String parent;
    /** Children named by the try from which the scope was joined; null in the scope of whoever began. */
    private final @Nullable TriedChildren children;

    TccScope(TrySession session, Tries tries, String parent, @Nullable TriedChildren children) {
        this.children = children;
        this.session = session;
        this.tries = tries;
        this.parent = parent;
    }

    /** The transaction's id; whoever has it may {@link Entente#join}. */
    public String gid() {
        return session.gid();
    }

    /**
     * Registers a branch and, once that is durable, calls its try. Blocks. A try whose outcome is unknown is called
     * again, as its {@link Call#retry} says; if that does not help, or if it is refused, the scope is lost, whatever
     * becomes of the exception. If this throws in a scope that was joined, the try that it is called from must reject
     * itself.
     *
     * @param id the branch's name; under {@link #nested} the last part of it. Given, never made up: a repeated try must
     *     meet its own branch again
     * @param tryCall checks and reserves; its participant's address must be known here: {@link
     *     Entente.Builder#participant}
     * @param confirm makes it good, with fields of what try answered
     * @param cancel lets it go; it works from gid and branch alone, for what try answered may never have been seen
     * @return what try answered
     * @throws BranchFailed if the try did not succeed
     * @throws TransactionRefused if the branch could not be registered: other content under its name (ENT-031), decided
     *     before (ENT-040)
     * @throws CoordinatorUnavailable if no coordinator answered
     * @throws IllegalStateException if the scope has ended or is lost, the participant's address is unknown, or a try
     *     over HTTP has no {@link Entente.Builder#json mapper}
     * @throws IllegalArgumentException if the try is a record for a topic, or was answered with something else than it
     *     is {@link Call#returning}
     */
    public <R> R tryBranch(String id, Call<R> tryCall, Function<Response, Call<?>> confirm, Call<?> cancel) {
        return BlockingWait.await(tryBranchAsync(id, tryCall, confirm, cancel), gid());
    }

    /** As {@link #tryBranch(String, Call, Function, Call)}, with a confirm that needs nothing of what try answered. */
    public <R> R tryBranch(String id, Call<R> tryCall, Call<?> confirm, Call<?> cancel) {
        return tryBranch(id, tryCall, response -> confirm, cancel);
    }

    /**
     * As {@link #tryBranch(String, Call, Function, Call)}, without blocking; several may be under way at once. The
     * scope awaits them all before it commits or aborts.
     */
    public <R> CompletableFuture<R> tryBranchAsync(
            String id, Call<R> tryCall, Function<Response, Call<?>> confirm, Call<?> cancel) {
        String path = path(id);
        Call<?> confirmCall = confirm.apply(tryCall.response(path, null));
        if (children != null && confirmCall.hasBindings()) {
            throw new IllegalArgumentException(
                    "branch '" + path + "': what a child's try answers never reaches the coordinator, so its "
                            + "confirm cannot bind it; let the participant look it up by gid and branch");
        }
        return tries.start(
                path,
                () -> session.attempt(Tcc.toProto(id, parent, tryCall, confirmCall, cancel), tryCall)
                        .thenApply(answer -> named(path, answer)));
    }

    private <R> Tried<R> named(String path, Tried<R> answer) {
        if (children != null) {
            children.add(path, answer.named());
        }
        return answer;
    }

    /**
     * Returns the names that the answer of the try must carry as {@code entente-tried}, in a scope that was joined. They
     * are the children tried with success so far, of other scopes of the same call as well. {@code BranchInterceptor}
     * does it by itself; servers other than gRPC's set it as a header of the answer, also where it is empty.
     *
     * @throws IllegalStateException in the scope of whoever began: its commit names them
     */
    public String tried() {
        if (children == null) {
            throw new IllegalStateException("the commit of transaction '" + gid() + "' names what was tried");
        }
        return children.text();
    }

    /**
     * Adds children that another one has registered below a branch of this scope, and tried with success: commit names
     * them. Needless where the answer of the branch's try names them, as that of a participant with {@code
     * BranchInterceptor} does. Of no use in a scope that was joined.
     *
     * @param branch as in {@link #tryBranch(String, Call, Function, Call)}
     * @param tried paths below it, separated by commas: {@link #tried}
     */
    public void alsoTried(String branch, String tried) {
        tries.alsoTried(path(branch), tried);
    }

    /**
     * The scope of that branch's children: its {@code tryBranch("fee", …)} makes the branch {@code debit/fee}. Children
     * are confirmed after it.
     */
    public TccScope nested(String branch) {
        return new TccScope(session, tries, path(branch), children);
    }

    private String path(String id) {
        return parent.isEmpty() ? id : parent + "/" + id;
    }
}
