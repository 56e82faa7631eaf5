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
final class RunContext {
    /** The longest delay of an answer about the time. */
    private static final Duration LATEST_TIME = Duration.ofMillis(600);
    /** Capacity for one or two transactions at a time. */
    private static final long LITTLE_CAPACITY = 300;

    final VirtualTime time = new VirtualTime();
    final Mutant mutant;
    final Random random;
    /** The mode of drawing plans, participants and kills. */
    final Drawing drawing;
    /** The maximum number of clients of this run. */
    final int mostClients;
    /** The settings of every coordinator. */
    final EngineSettings settings;
    /** True if processes are killed after they begin a scheduled message: {@link ExtraCases}. */
    final boolean hasDeathsAtStart;

    final SilentParticipant silent;
    final Tables tables;
    final UnansweredClaims unansweredClaims;
    final Service service;
    final StoreChecker judge;
    /** Compares operations with their previews. */
    final PreviewWatch previews;
    /** The reference that watches this run. */
    final ReferenceWatch reference;

    final Coverage coverage = new Coverage();
    int kills;
    /** The number of incarnations so far, which is also the number of the newest incarnation. */
    long incarnations;

    RunContext(long seed, Mutant mutant) {
        boolean hasCapacity = Math.floorMod(seed, 7) != 3;
        this.mutant = mutant;
        this.random = new Random(seed);
        this.silent = new SilentParticipant(time, seed, mutant);
        this.settings = silent.settings(
                hasCapacity ? EngineSettings.STANDARD : EngineSettings.STANDARD.holding(LITTLE_CAPACITY));
        this.drawing = Drawing.of(seed);
        // few if coordinators have little memory capacity, by bytes or by number
        this.mostClients = (hasCapacity && !silent.isModelled() ? drawing : Drawing.PLAIN).mostClients();
        this.hasDeathsAtStart = Math.floorMod(seed, 4) == 2;
        this.tables = new Tables(time::now, mutant.store());
        this.unansweredClaims = new UnansweredClaims(seed, this::unheard);
        SupersededCalls superseded = new SupersededCalls(time);
        Outage outage = new Outage(time, seed);
        this.service = new Service(mutant, outage, superseded);
        this.reference = new ReferenceWatch(
                () -> time.now().toEpochMilli(),
                outage.maxWait().minus(LATEST_TIME).toMillis());
        this.judge = new StoreChecker(time, tables, service, superseded);
        this.previews = new PreviewWatch(mutant);
        tables.followedBy(judge);
        tables.followedBy(previews);
        tables.followedBy(reference);
    }

    /** @param client from 0 to {@link #mostClients} - 1 */
    static String gid(int client) {
        return "t" + client;
    }

    /** Reports the unanswered claim unless the row has changed meanwhile. */
    private void unheard(OpenRow claimed) {
        if (tables.read(claimed.gid()) instanceof OpenRow row && row.rev() == claimed.rev()) {
            reference.unheard(row);
        }
    }
}
