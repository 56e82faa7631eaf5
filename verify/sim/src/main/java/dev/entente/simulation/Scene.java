package dev.entente.simulation;

import dev.entente.server.engine.EngineSettings;
import dev.entente.server.store.OpenRow;
import dev.entente.simulation.drawing.Drawing;
import dev.entente.simulation.mutant.Mutant;
import dev.entente.simulation.store.Tables;
import dev.entente.simulation.world.Outage;
import dev.entente.simulation.world.SilentParticipant;
import dev.entente.simulation.world.SupersededCalls;
import dev.entente.simulation.world.VirtualTime;
import java.time.Duration;
import java.util.Random;

/** The shared parts of one simulation. */
final class Scene {
    private final VirtualTime time = new VirtualTime();
    /** How late an answer about the time may be. */
    private static final Duration LATEST_TIME = Duration.ofMillis(600);
    /** Room for a transaction or two at a time. */
    private static final long LITTLE_ROOM = 300;

    private final Random random;
    private final SilentParticipant silent;
    private final EngineSettings settings;
    private final Drawing drawing;
    private final int mostClients;
    private final Mutant mutant;
    private final RunRecording tape = new RunRecording(() -> time.now().toEpochMilli());
    private final Tables tables;
    private final UnansweredClaims unansweredClaims;
    private final Service service;
    private final Judge judge;
    private final ReferenceWatch reference;
    private final Coverage coverage = new Coverage();
    private final boolean hasDeathsAtStart;
    private long incarnations;
    private int kills;

    Scene(long seed, Mutant mutant) {
        this.random = new Random(seed);
        boolean hasRoom = Math.floorMod(seed, 7) != 3;
        this.silent = new SilentParticipant(time, seed, mutant);
        this.settings =
                silent.settings(hasRoom ? EngineSettings.STANDARD : EngineSettings.STANDARD.holding(LITTLE_ROOM));
        this.drawing = Drawing.of(seed);
        // few where coordinators have little room in memory, by bytes or by number
        Drawing crowd = hasRoom && !silent.isModelled() ? drawing : Drawing.PLAIN;
        this.mostClients = crowd.mostClients();
        this.hasDeathsAtStart = Math.floorMod(seed, 4) == 2;
        this.mutant = mutant;
        this.tables = new Tables(time::now, mutant.store());
        this.unansweredClaims = new UnansweredClaims(seed, this::unheard);
        SupersededCalls superseded = new SupersededCalls(time);
        Outage outage = new Outage(time, seed);
        this.service = new Service(mutant, tape, outage, superseded);
        this.reference = new ReferenceWatch(
                () -> time.now().toEpochMilli(),
                outage.patience().minus(LATEST_TIME).toMillis());
        this.judge = new Judge(time, tables, service, tape, superseded);
        tables.followedBy(judge);
        tables.followedBy(reference);
    }

    /** @param client from 0 to {@link #mostClients()} - 1 */
    static String gid(int client) {
        return "t" + client;
    }

    SilentParticipant silent() {
        return silent;
    }

    VirtualTime time() {
        return time;
    }

    Random random() {
        return random;
    }

    /** Returns how plans, participants and kills are drawn. */
    Drawing drawing() {
        return drawing;
    }

    /** Returns how many clients this run may have. */
    int mostClients() {
        return mostClients;
    }

    /** Unless the row has moved meanwhile. */
    private void unheard(OpenRow claimed) {
        if (tables.read(claimed.gid()) instanceof OpenRow row && row.rev() == claimed.rev()) {
            reference.unheard(row);
        }
    }

    UnansweredClaims unansweredClaims() {
        return unansweredClaims;
    }

    /** Returns the settings of every coordinator. */
    EngineSettings settings() {
        return settings;
    }

    /** Tells whether {@link DeathAtStart} strikes, as in one run of four. */
    boolean hasDeathsAtStart() {
        return hasDeathsAtStart;
    }

    Mutant mutant() {
        return mutant;
    }

    Tables tables() {
        return tables;
    }

    RunRecording tape() {
        return tape;
    }

    Service service() {
        return service;
    }

    Judge judge() {
        return judge;
    }

    /** Returns the reference that watches this run. */
    ReferenceWatch reference() {
        return reference;
    }

    Coverage coverage() {
        return coverage;
    }

    long nextIncarnation() {
        return ++incarnations;
    }

    void killed() {
        kills++;
    }

    int kills() {
        return kills;
    }
}
