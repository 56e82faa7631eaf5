package dev.entente.bench;

import com.google.protobuf.Timestamp;
import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.Loads;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.peer.RawCalls;
import dev.entente.bench.process.BenchProcess;
import dev.entente.bench.process.MachineProbe;
import dev.entente.rig.SqlDatabase;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.Plan;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A comparison of two coordinators, alternately: one with a long history and many parked transactions, one with empty
 * tables.
 */
final class FullTables implements Mode.Question {
    private static final String EMPTY = "empty tables";
    private static final String FULL = "full tables";
    private static final Duration OLDEST = Duration.ofDays(13);
    private static final Duration YOUNGEST = Duration.ofHours(1);
    private static final Duration SETTLING = Duration.ofMinutes(1);
    private static final MethodDescriptor<byte[], byte[]> PARK =
            RawCalls.unary("entente.v1.OperatorService/ParkTransaction");

    @Override
    public void ask(Measurement measurement) throws IOException, SQLException, InterruptedException {
        BenchProcess participant = measurement.bed().participant(EntenteServer.PARTICIPANT);
        SqlDatabase filled = measurement.bed().database().create("history");
        BenchProcess full = measurement.bed().node("full", filled, participant, List.of());
        BenchProcess empty =
                measurement.bed().node("empty", measurement.bed().database().create("empty"), participant, List.of());
        measurement.warmUp(full, empty);
        fill(measurement, full, filled);
        for (int repeat = 0; repeat < measurement.scale().repeats(); repeat++) {
            boolean isFullFirst = repeat % 2 == 0;
            measurement.window(isFullFirst ? FULL : EMPTY, isFullFirst ? full : empty);
            measurement.window(isFullFirst ? EMPTY : FULL, isFullFirst ? empty : full);
        }
        measurement.ratio("history-saga512:empty", measurement.tally().ratio(FULL, EMPTY, "per_s"));
    }

    /** Fills a coordinator's tables with the measurement's numbers of finished and parked rows. */
    static void fill(Measurement measurement, BenchProcess node, SqlDatabase database)
            throws IOException, SQLException, InterruptedException {
        long began = System.nanoTime();
        double fsyncMillis =
                MachineProbe.fsyncMillis(measurement.bed().options().directory());
        Copies.finished(database, measurement.scale().finished(), OLDEST, YOUNGEST);
        parkOne(node);
        Copies.parked(database, measurement.scale().open(), OLDEST, YOUNGEST);
        Copies.vacuum(database);
        long finished = database.number("select count(*) from finished_transaction");
        long parked = database.number("select count(*) from open_transaction where parked_at is not null");
        long megabytes = database.number(
                "select (pg_total_relation_size('finished_transaction') + pg_total_relation_size('open_transaction'))"
                        + " / 1048576");
        measurement.note("finished_rows", finished);
        measurement.note("parked_rows", parked);
        measurement.note("full_tables_mb", megabytes);
        measurement.say("filled with %d finished and %d parked rows, %d MB with their indexes, in %d s"
                .formatted(finished, parked, megabytes, (System.nanoTime() - began) / 1_000_000_000));
        settle(measurement, fsyncMillis);
    }

    /**
     * Waits at most a minute until the disk is about as fast as before the fill, which wrote gigabytes, and notes the
     * speed.
     */
    private static void settle(Measurement measurement, double before)
            throws IOException, SQLException, InterruptedException {
        long giveUpAt = System.nanoTime() + SETTLING.toNanos();
        double now = MachineProbe.fsyncMillis(measurement.bed().options().directory());
        while (now > 1.5 * before && System.nanoTime() < giveUpAt) {
            Thread.sleep(Duration.ofSeconds(3));
            now = MachineProbe.fsyncMillis(measurement.bed().options().directory());
        }
        measurement.note("fsync_ms_before_fill", BenchReport.rounded(before));
        measurement.note("fsync_ms_after_fill", BenchReport.rounded(now));
        measurement.say("fsync %.3f ms, %.3f ms before the fill".formatted(now, before));
    }

    /** Submits a transaction with a later start, so that no call is in flight, and parks it like an operator. */
    private static void parkOne(BenchProcess node) {
        String gid = UUID.randomUUID().toString();
        Plan plan = RequestTemplate.sagaAt(EntenteServer.PARTICIPANT).toBuilder()
                .setStartTime(Timestamp.newBuilder()
                        .setSeconds(Instant.now().plus(Duration.ofDays(30)).getEpochSecond()))
                .build();
        var _ = RawCalls.callAndWait(
                node.channel(), Loads.SUBMIT, RequestTemplate.unawaited(plan).with(gid));
        OperateRequest park =
                OperateRequest.newBuilder().setGid(gid).setReason("bench").build();
        var _ = RawCalls.callAndWait(node.channel(), PARK, park.toByteArray());
    }
}
