package dev.entente.torture.participant;

import dev.entente.client.BranchFailed;
import dev.entente.client.Call;
import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.TccScope;
import dev.entente.client.TransactionRefused;
import dev.entente.participant.Branch;
import dev.entente.participant.Rejection;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import torture.v1.Joining;
import torture.v1.LedgerServiceGrpc;
import torture.v1.MoveRequest;
import torture.v1.MoveResponse;
import torture.v1.Share;

/**
 * A client in a participant, which registers and tries branches below the branch of the running try. Blocks.
 * Thread-safe.
 */
final class ChildTries {
    private static final Duration ATTEMPT = Duration.ofSeconds(1);
    private static final Duration RETRY_FOR = Duration.ofMillis(1500);

    /** One client per set of addresses; a run has one set. */
    private final Map<Joining, Entente> clients = new ConcurrentHashMap<>();

    /**
     * Registers and tries all children, one after another, in the context of the parent's call.
     *
     * @throws Rejection if a child is refused, or comes after the decision
     * @throws StatusRuntimeException if the result of a child is unknown
     */
    void join(Branch parent, Joining joining) {
        for (Share share : joining.getSharesList()) {
            switch (share.getOmission()) {
                case NONE, UNRECOGNIZED -> tryOne(parent, joining, share);
                // A try outside the call's context is not named in the call's answer.
                case NAME -> Context.ROOT.run(() -> tryOne(parent, joining, share));
                case REFUSAL -> tryCarelessly(parent, joining, share);
            }
        }
    }

    private void tryOne(Branch parent, Joining joining, Share share) {
        Entente entente = client(joining);
        TccScope scope = entente.join(parent.gid(), parent.name());
        Call<MoveResponse> settle = move(entente, share, calm(share.getRequest()));
        try {
            var _ = scope.tryBranch(share.getId(), move(entente, share, share.getRequest()), settle, settle);
        } catch (BranchFailed failed) {
            throw refusal(failed);
        } catch (TransactionRefused refused) {
            if (refused.retryable()) {
                throw unknown(refused);
            }
            throw new Rejection("TOO_LATE", "a share could not join: " + refused.getMessage(), refused);
        } catch (CoordinatorUnavailable unanswered) {
            throw unknown(unanswered);
        }
    }

    private static RuntimeException refusal(BranchFailed failed) {
        return failed.isRejected()
                ? new Rejection("SHARE", "a share was refused: " + failed.rejection(), failed)
                : unknown(failed);
    }

    private static StatusRuntimeException unknown(Exception cause) {
        return Status.UNAVAILABLE
                .withDescription("the outcome of a share is unknown: " + cause.getMessage())
                .withCause(cause)
                .asRuntimeException();
    }

    private void tryCarelessly(Branch parent, Joining joining, Share share) {
        try {
            tryOne(parent, joining, share);
        } catch (Rejection asAsked) {
            // This participant ignores the refusal, so its answer does not name the child.
        }
    }

    private Entente client(Joining joining) {
        Joining book = joining.toBuilder().clearShares().build();
        return clients.computeIfAbsent(book, ChildTries::connect);
    }

    private static Entente connect(Joining book) {
        Entente.Builder builder = Entente.builder(book.getCoordinators())
                .callTimeout(ATTEMPT)
                .retryFor(RETRY_FOR)
                .timeout(ATTEMPT);
        book.getLedgersMap().forEach(builder::participant);
        return builder.build();
    }

    private static Call<MoveResponse> move(Entente entente, Share share, MoveRequest request) {
        return entente.participant(share.getLedger()).call(LedgerServiceGrpc.getMoveMethod(), request);
    }

    /** Returns a completion or undo, with no fault except the same delay and lost answers. */
    private static MoveRequest calm(MoveRequest forward) {
        return MoveRequest.newBuilder()
                .setDelayMs(forward.getDelayMs())
                .setLoseAnswers(forward.getLoseAnswers())
                .build();
    }
}
