package dev.entente.server.api;

import com.google.protobuf.Message;
import dev.entente.server.api.ApiLimits.TwoPersons;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.decision.Act;
import dev.entente.server.engine.HeldElsewhere;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Transactions;
import dev.entente.server.store.Confirmation;
import dev.entente.server.store.admin.ActRequests;
import dev.entente.server.store.admin.ActRequests.Asked;
import dev.entente.server.store.admin.ActRequests.Open;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Refusal;
import dev.entente.v1.ActRequest;
import dev.entente.v1.ConfirmActRequest;
import dev.entente.v1.ConfirmActResponse;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.ListActRequestsRequest;
import dev.entente.v1.ListActRequestsResponse;
import dev.entente.v1.RecoverTransactionsRequest;
import dev.entente.v1.RecoverTransactionsResponse;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.View;
import dev.entente.v1.WithdrawActRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Does acts that cannot be taken back: at once, or where two persons are wanted, once another operator has confirmed
 * them. Thread-safe; nothing blocks.
 */
final class SecondPerson {
    private final TwoPersons rule;
    private final Transactions transactions;
    private final Records records;
    private final TransactionViews views;
    private final OperatorView overview;
    private final StatedActs acts;
    private final Paging paging;

    SecondPerson(
            ApiLimits terms,
            Transactions transactions,
            Records records,
            TransactionViews views,
            OperatorView overview) {
        this.rule = terms.twoPersons();
        this.transactions = transactions;
        this.records = records;
        this.views = views;
        this.overview = overview;
        this.acts = new StatedActs(terms.limits().payloadBytes());
        this.paging = terms.paging();
    }

    // ---- asking

    CompletableFuture<Transaction> resolve(ResolveBranchRequest request, Caller caller) {
        String gid = request.getGid();
        return transactions.get(gid).thenCompose(snapshot -> {
            Act.Operate act = acts.of(request, snapshot.plan(), caller.principal());
            return rule.concerns(act.name())
                    ? askFor(act, gid, request, Seen.of(snapshot), caller)
                    : shown(transactions.act(gid, act, caller.origin()), caller);
        });
    }

    CompletableFuture<Transaction> forceFinish(ForceFinishRequest request, Caller caller) {
        String gid = request.getGid();
        Act.Operate act = acts.of(request, caller.principal());
        return rule.concerns(act.name())
                ? transactions.get(gid).handle(Seen::ofAny).thenCompose(seen -> askFor(act, gid, request, seen, caller))
                : shown(transactions.act(gid, act, caller.origin()), caller);
    }

    CompletableFuture<RecoverTransactionsResponse> recover(RecoverTransactionsRequest request, Caller caller) {
        String reason = Filters.reason(request.getReason());
        if (!request.getRelease() || !rule.concerns(OperatorView.RECOVER)) {
            return overview.recover(request, caller);
        }
        return overview.parked().thenCompose(found -> {
            if (found.getParked() == 0) {
                return CompletableFuture.completedFuture(found);
            }
            String seen = Failover.seen(records.cluster(), found.getParked());
            Asked asked = new Asked(OperatorView.RECOVER, "", seen, request.toByteString(), caller.principal(), reason);
            return ask(asked, caller, found.getParked() + " parked for recovery");
        });
    }

    /**
     * The transaction as the asking person saw it.
     *
     * @param revision 0 for any: the row is damaged, and nobody can read another
     * @param state for the audit
     */
    private record Seen(long revision, String state) {
        static Seen of(Snapshot snapshot) {
            String state = snapshot.progress().state().name();
            if (snapshot.progress().state().isTerminal()) {
                throw Act.impossible("it has ended as " + state + ", and that never changes");
            }
            return new Seen(snapshot.progress().revision(), state);
        }

        /** Also of a row that only force-finish can end. */
        static Seen ofAny(@Nullable Snapshot snapshot, @Nullable Throwable thrown) {
            if (snapshot != null) {
                return of(snapshot);
            }
            Throwable cause = thrown == null ? new IllegalStateException("no answer") : Errors.unwrap(thrown);
            if (isOf(cause, ErrorCode.ACT_IMPOSSIBLE)) {
                return new Seen(0, "UNREADABLE");
            }
            throw new CompletionException(cause);
        }
    }

    private CompletableFuture<Transaction> askFor(
            Act.Operate act, String gid, Message request, Seen seen, Caller caller) {
        Asked asked = new Asked(
                act.name(), gid, Long.toString(seen.revision()), request.toByteString(), act.actor(), act.reason());
        return ask(asked, caller, seen.state());
    }

    /** Always fails, for nothing is done yet: with ENT-046 where the request waits. */
    private <T> CompletableFuture<T> ask(Asked asked, Caller caller, String before) {
        return records.actRequests()
                .ask(asked, rule.requestFor(), caller.peer(), before)
                .thenCompose(answer -> CompletableFuture.failedFuture(answered(asked, answer)));
    }

    private static Refusal answered(Asked asked, ActRequests.Answer answer) {
        Open open = answer.open();
        if (open == null) {
            return Refusal.of(
                    ErrorCode.OVERLOADED,
                    ActRequests.MOST_OPEN + " acts wait for a second person, and no more may; confirm or withdraw some"
                            + " of them (`entente acts list`)");
        }
        String id = Long.toString(open.id());
        if (!StatedActs.isSame(open.asked(), asked)) {
            return Act.impossible("request " + id + " of '" + open.asked().actor() + "' wants another " + asked.act()
                    + " of it; withdraw that first (`entente acts withdraw " + id + "`)");
        }
        return Refusal.of(
                ErrorCode.SECOND_PERSON,
                asked.act() + " waits for a second person, as request " + id + " of '"
                        + open.asked().actor() + "' until " + open.until()
                        + "; another operator confirms it (`entente acts confirm " + id + "`)",
                Map.of("request", id, "until", open.until().toString()));
    }

    // ---- confirming

    CompletableFuture<ConfirmActResponse> confirm(ConfirmActRequest request, Caller caller) {
        String reason = Filters.reason(request.getReason());
        return records.actRequests().find(request.getId()).thenCompose(found -> {
            Open open = found.orElseThrow(() -> gone(request.getId()));
            Asked asked = open.asked();
            if (!caller.isKnown() || caller.principal().equals(asked.actor())) {
                throw Refusal.of(
                        ErrorCode.SAME_PERSON,
                        "'" + caller.principal() + "' asked for request " + open.id()
                                + "; another operator must confirm it");
            }
            Confirmation by = new Confirmation(open.id(), caller.principal(), reason, caller.peer());
            return (asked.act().equals(OperatorView.RECOVER) ? released(asked, by) : acted(asked, by, caller))
                    .exceptionallyCompose(thrown -> told(thrown, open));
        });
    }

    private CompletableFuture<ConfirmActResponse> released(Asked asked, Confirmation by) {
        return overview.release(asked, StatedActs.reason(asked, by), by)
                .thenApply(response ->
                        ConfirmActResponse.newBuilder().setRecovery(response).build());
    }

    private CompletableFuture<ConfirmActResponse> acted(Asked asked, Confirmation by, Caller caller) {
        String gid = asked.gid();
        return acts.of(asked, by, () -> transactions.get(gid)).thenCompose(act -> {
            CompletableFuture<Snapshot> done = transactions
                    .act(gid, act, by)
                    .thenCompose(snapshot -> records.actRequests()
                            .done(by, snapshot.progress().state().name())
                            .handle((_, _) -> snapshot));
            return shown(done, caller)
                    .thenApply(transaction -> ConfirmActResponse.newBuilder()
                            .setTransaction(transaction)
                            .build());
        });
    }

    /** Says why it failed in the request's own words, where the request is why. */
    private <T> CompletableFuture<T> told(Throwable thrown, Open open) {
        Throwable cause = Errors.unwrap(thrown);
        if (cause instanceof HeldElsewhere) {
            return CompletableFuture.failedFuture(cause);
        }
        return records.actRequests()
                .find(open.id())
                .thenApply(Optional::isEmpty)
                .exceptionally(_ -> false)
                .thenApply(isGone -> {
                    if (isGone) {
                        return gone(open.id());
                    }
                    return isOf(cause, ErrorCode.REVISION_MOVED) ? moved(open) : cause;
                })
                .thenCompose(CompletableFuture::failedFuture);
    }

    private static Refusal moved(Open open) {
        String seen = open.asked().gid().isEmpty()
                ? "for other transactions than are parked now"
                : "at revision " + open.asked().seen() + " of '" + open.asked().gid() + "', which has changed since";
        return Refusal.of(
                ErrorCode.REVISION_MOVED,
                "request " + open.id() + " was made " + seen + "; look again, then ask for the act anew");
    }

    private static Refusal gone(long id) {
        return Refusal.of(
                ErrorCode.NO_REQUEST,
                "request " + id
                        + " is not open: it was confirmed, withdrawn, or has expired; see `entente audit list`");
    }

    private static boolean isOf(Throwable thrown, ErrorCode code) {
        return Errors.unwrap(thrown) instanceof Refusal refusal && refusal.code() == code;
    }

    private CompletableFuture<Transaction> shown(CompletableFuture<Snapshot> acted, Caller caller) {
        return acted.thenApply(snapshot -> views.show(snapshot, View.BASIC, caller));
    }

    // ---- the others

    CompletableFuture<ActRequest> withdraw(WithdrawActRequest request, Caller caller) {
        return records.actRequests()
                .withdraw(request.getId(), caller.principal(), Filters.reason(request.getReason()), caller.peer())
                .thenApply(closed -> StatedActs.shown(closed.orElseThrow(() -> gone(request.getId())), false));
    }

    CompletableFuture<ListActRequestsResponse> list(ListActRequestsRequest request) {
        int size = paging.size(request.getPageSize());
        String gid = Filters.text(request.getGid(), "gid");
        return records.actRequests()
                .list(gid, OperatorView.beforeId(request.getPageToken()), size)
                .thenApply(open -> listed(open, size, !gid.isEmpty()));
    }

    private static ListActRequestsResponse listed(List<Open> open, int size, boolean hasPayloads) {
        ListActRequestsResponse.Builder response = ListActRequestsResponse.newBuilder();
        open.forEach(each -> response.addRequests(StatedActs.shown(each, hasPayloads)));
        if (open.size() == size) {
            response.setNextPageToken(Long.toString(open.getLast().id()));
        }
        return response.build();
    }
}
