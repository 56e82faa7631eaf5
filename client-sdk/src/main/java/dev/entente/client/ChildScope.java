package dev.entente.client;

import com.google.protobuf.Message;
import dev.entente.client.tries.Tries;
import dev.entente.wire.TriedChildren;
import java.util.concurrent.CompletableFuture;

/**
 * Another's TCC transaction, entered from the try of one of its branches to register children of that branch: {@link
 * Entente#join}. Whoever began the transaction decides it. Thread-safe.
 *
 * <p>What a child's try answers stays here, and never reaches the coordinator. So confirm, like cancel, works from gid
 * and branch alone; a participant finds its own answer with {@code Branch.forwardResponse}.
 */
public final class ChildScope {
    private final TrySession session;
    private final Tries tries;
    private final String parent;
    private final TriedChildren tried;

    ChildScope(TrySession session, Tries tries, String parent, TriedChildren tried) {
        this.session = session;
        this.tries = tries;
        this.parent = parent;
        this.tried = tried;
    }

    /** The transaction's id. */
    public String gid() {
        return session.gid();
    }

    /**
     * Registers a child and, once that is durable, calls its try. Blocks. If this throws, the try that it is called
     * from must reject itself.
     *
     * @param id the last part of the branch's name. Given, never made up: a repeated try must meet its own child again
     * @return what try answered
     * @throws BranchFailed if the try did not succeed
     * @throws TransactionRefused if the child could not be registered: other content under its name (ENT-031), decided
     *     before (ENT-040)
     * @throws CoordinatorUnavailable if no coordinator answered
     * @throws IllegalStateException if an earlier child did not succeed, or the participant's address is unknown
     */
    public <R extends Message> R tryBranch(String id, Call<R> tryCall, Call<?> confirm, Call<?> cancel) {
        return BlockingWait.await(tryBranchAsync(id, tryCall, confirm, cancel), gid());
    }

    /** As {@link #tryBranch}, without blocking; await them all before the try that they are called from answers. */
    public <R extends Message> CompletableFuture<R> tryBranchAsync(
            String id, Call<R> tryCall, Call<?> confirm, Call<?> cancel) {
        if (confirm.hasBindings()) {
            throw new IllegalArgumentException(
                    "branch '" + path(id) + "': what a child's try answers never reaches the coordinator, so its "
                            + "confirm cannot bind it; let the participant look it up by gid and branch");
        }
        return tries.start(
                path(id),
                () -> session.attempt(Tcc.toProto(id, parent, tryCall, confirm, cancel), tryCall)
                        .thenApply(answer -> {
                            tried.add(path(id), answer.named());
                            return answer;
                        }));
    }

    /**
     * Returns the names that the answer of the try must carry as {@code entente-tried}. They are the children tried
     * with success so far, of other scopes of the same call as well. {@code BranchInterceptor} does it by itself;
     * servers other than gRPC's set it as a header of the answer, also where it is empty.
     */
    public String tried() {
        return tried.text();
    }

    /** The scope of that child's own children. */
    public ChildScope nested(String child) {
        return new ChildScope(session, tries, path(child), tried);
    }

    private String path(String id) {
        return parent + "/" + id;
    }
}
