package dev.entente.client;

import dev.entente.client.Tries.Tried;
import dev.entente.wire.TriedChildren;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An interactive TCC transaction that has begun: the caller tries branches and checks the responses. {@link
 * Tcc#execute} opens and ends a scope. {@link Entente#join} joins the transaction of another client within a branch's
 * try, to register children of that branch. The client that began the transaction decides. Thread-safe.
 *
 * <p>In a joined scope the response of a child's try does not reach the coordinator. Therefore, in a joined scope, a
 * confirm identifies its work only by gid and branch, as a cancel does. The participant gets the response of its try by
 * {@code Branch.forwardResponse}.
 */
public final class TccScope {
    private final TrySession session;
    private final Tries tries;
    private final String parent;
    /**
     * The tried children, which the answer of the surrounding try will name. Null in the scope of the client that
     * began.
     */
    private final @Nullable TriedChildren children;

    TccScope(TrySession session, Tries tries, String parent, @Nullable TriedChildren children) {
        this.children = children;
        this.session = session;
        this.tries = tries;
        this.parent = parent;
    }

    /** Returns the transaction's id. Each client that has the id may {@link Entente#join}. */
    public String gid() {
        return session.gid();
    }

    /**
     * Registers a branch and, once it is durable, calls its try. Blocks. A try with an unknown outcome is repeated, as
     * its {@link Call#retry} defines. If the repetitions fail, or the try is refused, the scope aborts, even if the
     * caller catches the exception. If this method throws in a joined scope, the surrounding try must reject itself.
     *
     * @param id the branch's name; under {@link #nested} its last part. Do not generate it: a repeated try must find
     *     its own branch again
     * @param tryCall checks and reserves; this client needs its participant's address: {@link
     *     Entente.Builder#participant}
     * @param confirm makes the reservation final, with fields of the try's response
     * @param cancel releases the reservation by gid and branch, because the try's response may be unknown
     * @return the response of the try
     * @throws BranchFailed if the try did not succeed
     * @throws TransactionRefused if the branch could not be registered: its name has other content (ENT-031), or the
     *     transaction was decided (ENT-040)
     * @throws CoordinatorUnavailable if there is no response of a coordinator
     * @throws IllegalStateException if the scope has ended or must abort, the participant's address is unknown, or a
     *     try over HTTP has no {@link Entente.Builder#json mapper}
     * @throws IllegalArgumentException if the try is a record for a topic, or its response does not have the type of
     *     {@link Call#returning}
     */
    public <R> R tryBranch(String id, Call<R> tryCall, Function<Response, Call<?>> confirm, Call<?> cancel) {
        return BlockingWait.await(tryBranchAsync(id, tryCall, confirm, cancel), gid());
    }

    /** As {@link #tryBranch(String, Call, Function, Call)}, with a confirm that needs no field of the response. */
    public <R> R tryBranch(String id, Call<R> tryCall, Call<?> confirm, Call<?> cancel) {
        return tryBranch(id, tryCall, response -> confirm, cancel);
    }

    /**
     * As {@link #tryBranch(String, Call, Function, Call)}, without blocking; several may run concurrently. The scope
     * waits for all of them before it commits or aborts.
     */
    public <R> CompletableFuture<R> tryBranchAsync(
            String id, Call<R> tryCall, Function<Response, Call<?>> confirm, Call<?> cancel) {
        String path = path(id);
        Call<?> confirmCall = confirm.apply(tryCall.response(path, null));
        if (children != null && confirmCall.hasBindings()) {
            throw new IllegalArgumentException(
                    "branch '" + path + "': the response of a child's try never reaches the coordinator, so the child's"
                            + " confirm cannot bind it; let the participant look up the value by gid and branch");
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
     * Returns the value of {@code entente-tried} for the answer of the surrounding try. It names the children that were
     * tried with success so far, including those of other scopes of the same call. On a gRPC server {@code
     * BranchInterceptor} sets this trailer. On other servers, set the header {@code entente-tried} to this value, even
     * if it is empty.
     *
     * @throws IllegalStateException in the scope of the client that began: its commit names the children
     */
    public String tried() {
        if (children == null) {
            throw new IllegalStateException("the commit of transaction '" + gid() + "' names the tried branches;"
                    + " tried() is for scopes of participants");
        }
        return children.text();
    }

    /**
     * Adds children that another client registered below a branch of this scope and tried with success: commit names
     * them. This call is not needed if the answer of the branch's try names the children, as a participant with {@code
     * BranchInterceptor} does. Has no effect in a joined scope.
     *
     * @param branch as in {@link #tryBranch(String, Call, Function, Call)}
     * @param tried paths below it, separated by commas: {@link #tried}
     */
    public void alsoTried(String branch, String tried) {
        tries.alsoTried(path(branch), tried);
    }

    /**
     * Returns the scope of a branch's children: its {@code tryBranch("fee", …)} creates the branch {@code debit/fee}.
     * Children are confirmed after their parent.
     */
    public TccScope nested(String branch) {
        return new TccScope(session, tries, path(branch), children);
    }

    private String path(String id) {
        return parent.isEmpty() ? id : parent + "/" + id;
    }
}
