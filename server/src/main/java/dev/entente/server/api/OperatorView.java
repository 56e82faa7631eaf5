package dev.entente.server.api;

import com.google.protobuf.util.Durations;
import dev.entente.server.api.access.Caller;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.admin.AuditLog;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.admin.Queries;
import dev.entente.v1.AnnounceParticipantRequest;
import dev.entente.v1.AnnounceParticipantResponse;
import dev.entente.v1.AuditEntry;
import dev.entente.v1.CallCount;
import dev.entente.v1.Coordinator;
import dev.entente.v1.DebugTransactionRequest;
import dev.entente.v1.DebugTransactionResponse;
import dev.entente.v1.Diagnosis;
import dev.entente.v1.GetStatisticsRequest;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListAuditEntriesRequest.Kind;
import dev.entente.v1.ListAuditEntriesResponse;
import dev.entente.v1.ListCoordinatorsResponse;
import dev.entente.v1.ListParticipantsResponse;
import dev.entente.v1.Participant;
import dev.entente.v1.RecoverTransactionsRequest;
import dev.entente.v1.RecoverTransactionsResponse;
import dev.entente.v1.Statistics;
import dev.entente.wire.Times;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The operator's view beyond transactions: participants, coordinators, the audit, and transactions that a failover
 * parked. Thread-safe.
 */
final class OperatorView {
    private static final int MAX_RECOVERED_SHOWN = 100;
    private static final int MAX_CALL_COUNTS = 64;

    private final Directory directory;
    private final ApiDependencies.Tables tables;
    private final Blocking blocking;
    private final StatisticsView statistics;
    private final DebugSelection selection;

    OperatorView(
            Directory directory,
            ApiDependencies.Tables tables,
            Blocking blocking,
            StatisticsView statistics,
            DebugSelection selection) {
        this.selection = selection;
        this.statistics = statistics;
        this.directory = directory;
        this.tables = tables;
        this.blocking = blocking;
    }

    CompletableFuture<Statistics> statistics(GetStatisticsRequest request) {
        return statistics.of(request.getIncarnation());
    }

    CompletableFuture<DebugTransactionResponse> debug(DebugTransactionRequest request, Caller caller) {
        return selection.select(request, caller);
    }

    CompletableFuture<Diagnosis> diagnose() {
        return blocking.run(tables.doctor());
    }

    ListParticipantsResponse participants() {
        ListParticipantsResponse.Builder response = ListParticipantsResponse.newBuilder();
        directory.statuses().forEach(status -> response.addParticipants(shown(status)));
        return response.build();
    }

    static Participant.Builder shown(ParticipantStatus status) {
        Participant.Builder shown = Participant.newBuilder();
        status.calls().stream()
                .limit(MAX_CALL_COUNTS)
                .forEach(count -> shown.addCalls(CallCount.newBuilder()
                        .setOp(count.op())
                        .setOutcome(count.outcome())
                        .setCount(count.times())));
        if (!status.lastError().isEmpty()) {
            shown.setLastErrorTime(Times.proto(status.lastErrorAt()));
        }
        Instant unansweredSince = status.unansweredSince();
        if (unansweredSince != null) {
            shown.setUnansweredSince(Times.proto(unansweredSince));
        }
        return shown.setName(status.name())
                .setAddress(status.address())
                .setReachable(!status.circuit().equals("open"))
                .setInFlight(status.inFlight())
                .setMaxInFlight(status.maxInFlight())
                .setWaiting(status.waiting())
                .setCircuit(status.circuit())
                .setStreaming(status.isStreaming())
                .setLastError(status.lastError());
    }

    CompletableFuture<Participant> probe(String name) {
        return directory.probe(name).thenApply(this::shown);
    }

    private Participant shown(ProbeResult probed) {
        Participant.Builder participant = directory.statuses().stream()
                .filter(status -> status.name().equals(probed.name()))
                .findFirst()
                .map(OperatorView::shown)
                .orElseGet(Participant::newBuilder);
        return participant
                .setName(probed.name())
                .setAddress(probed.address())
                .setReachable(probed.isReachable())
                .setReflection(probed.hasReflection())
                .setLastError(probed.error())
                .clearLastErrorTime()
                .addAllMethods(probed.methods())
                .build();
    }

    AnnounceParticipantResponse announce(AnnounceParticipantRequest request, Caller caller) {
        // A forwarded announcement comes from another machine, even if its address is local.
        directory.announce(
                request.getName(),
                request.getTarget(),
                request.getApplication(),
                caller.isForwarded() ? "" : caller.peer());
        return AnnounceParticipantResponse.getDefaultInstance();
    }

    CompletableFuture<ListCoordinatorsResponse> coordinators() {
        return tables.queries().coordinators().thenApply(all -> {
            ListCoordinatorsResponse.Builder response = ListCoordinatorsResponse.newBuilder();
            all.forEach(one -> response.addCoordinators(shown(one)));
            return response.build();
        });
    }

    private Coordinator shown(Queries.Coordinator coordinator) {
        boolean isAlive = coordinator.peer().deadAt() == null;
        return Coordinator.newBuilder()
                .setNode(coordinator.peer().node())
                .setIncarnation(coordinator.peer().incarnation())
                .setAddress(coordinator.peer().address())
                .setLastBeatAge(Durations.fromMillis(coordinator.lastBeatAge().toMillis()))
                .setVersion(coordinator.peer().version())
                .setAlive(isAlive)
                .setOpen(coordinator.open())
                .setLeaseExpired(isAlive && coordinator.lastBeatAge().compareTo(tables.lease()) > 0)
                .build();
    }

    CompletableFuture<ListAuditEntriesResponse> audit(ListAuditEntriesRequest request) {
        int size = Filters.pageSize(request.getPageSize());
        Kind kind = request.getKind();
        if (kind == Kind.UNRECOGNIZED) {
            throw Filters.malformed("kind", "use OPERATIONS or READS");
        }
        AuditLog.Filter filter = new AuditLog.Filter(
                Filters.text(request.getGid(), "gid"),
                Filters.text(request.getActor(), "actor"),
                Filters.text(request.getOperation(), "operation"),
                request.hasAfter() ? Filters.instant(request.getAfter(), "after") : AuditLog.Filter.ALL.after(),
                request.hasBefore() ? Filters.instant(request.getBefore(), "before") : AuditLog.Filter.ALL.before());
        return tables.audit()
                .list(
                        filter,
                        kind != Kind.READS,
                        kind != Kind.OPERATIONS,
                        Filters.text(request.getRequestId(), "request_id"),
                        request.getFoldBulk(),
                        beforeId(request.getPageToken()),
                        size)
                .thenApply(entries -> shown(entries, size));
    }

    private static long beforeId(String token) {
        try {
            return token.isEmpty() ? Long.MAX_VALUE : Long.parseLong(token);
        } catch (NumberFormatException none) {
            throw Filters.noToken(token);
        }
    }

    private static ListAuditEntriesResponse shown(List<AuditLog.Entry> entries, int size) {
        ListAuditEntriesResponse.Builder response = ListAuditEntriesResponse.newBuilder();
        for (AuditLog.Entry entry : entries) {
            AuditRecord what = entry.entry();
            response.addEntries(AuditEntry.newBuilder()
                    .setId(entry.id())
                    .setTime(Times.proto(entry.at()))
                    .setActor(what.actor())
                    .setOperation(what.act())
                    .setGid(what.gid())
                    .setReason(what.reason())
                    .setBefore(what.before())
                    .setAfter(what.after())
                    .setPeer(what.peer())
                    .setRequestId(what.requestId()));
        }
        if (entries.size() == size) {
            response.setNextPageToken(Long.toString(entries.getLast().id()));
        }
        return response.build();
    }

    /** Releases parked transactions on request. Takes minutes for very many transactions. */
    CompletableFuture<RecoverTransactionsResponse> recover(RecoverTransactionsRequest request, Caller caller) {
        String reason = Filters.reason(request.getReason());
        return blocking.runToItsEnd(() -> {
            Failover.Found found = tables.failover().found(MAX_RECOVERED_SHOWN);
            int released = 0;
            if (request.getRelease()) {
                AuditRecord audit = new AuditRecord(
                        caller.principal(), "recover", "", reason, "parked for recovery", "released", caller.origin());
                released = tables.failover().release(audit, tables.lease());
            }
            ClusterIdentity cluster = tables.cluster().get();
            return RecoverTransactionsResponse.newBuilder()
                    .setParked(found.count())
                    .setReleased(released)
                    .setSystemIdentifier(Long.toString(cluster.systemIdentifier()))
                    .setTimeline(Math.toIntExact(cluster.timeline()))
                    .addAllGids(found.gids())
                    .build();
        });
    }
}
