package dev.entente.torture.inject;

import dev.entente.torture.inject.Fault.Kind;
import dev.entente.torture.inject.Fault.Side;
import dev.entente.torture.machine.Link.LinkFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * All faults of one run, drawn from a seed: equal seeds and lengths give equal faults at equal times. Faults may
 * overlap. In long runs stops and outages last up to a minute, in short runs up to a quarter of the run.
 */
public record FaultSchedule(List<PlannedFault> faults) {
    private static final Duration QUIET_AT_FIRST = Duration.ofSeconds(4);
    private static final Duration QUIET_AT_LAST = Duration.ofSeconds(3);
    private static final int GAP_AT_LEAST_MILLIS = 500;
    private static final int GAP_SPREAD_MILLIS = 4500;
    private static final int LINES_WEIGHT = 34;
    private static final long LONGEST_MILLIS = 60_000;

    public FaultSchedule {
        faults = List.copyOf(faults);
    }

    /**
     * Draws a schedule.
     *
     * @param isWanted selects the classes of faults; at least one of {@link Fault#all}
     */
    public static FaultSchedule draw(long seed, Duration length, Predicate<String> isWanted) {
        List<Fault> wanted = Fault.all().stream()
                .filter(fault -> isWanted.test(fault.title()))
                .toList();
        if (wanted.isEmpty()) {
            throw new IllegalArgumentException("no class of faults is selected");
        }
        return new Draw(new Random(seed), length, Set.copyOf(wanted)).all();
    }

    private record Draw(Random random, Duration length, Set<Fault> wanted) {
        FaultSchedule all() {
            List<PlannedFault> faults = new ArrayList<>();
            Duration last = length.minus(QUIET_AT_LAST);
            for (Duration at = QUIET_AT_FIRST; at.compareTo(last) < 0; at = at.plus(gap())) {
                Fault fault = wantedFault();
                faults.add(new PlannedFault(at, fault, random.nextInt(1024), lasts(fault)));
            }
            return new FaultSchedule(faults);
        }

        private Duration gap() {
            return Duration.ofMillis(GAP_AT_LEAST_MILLIS + random.nextInt(GAP_SPREAD_MILLIS));
        }

        private Fault wantedFault() {
            Fault fault = fault();
            while (!wanted.contains(fault)) {
                fault = fault();
            }
            return fault;
        }

        private Fault fault() {
            int sum = LINES_WEIGHT
                    + Arrays.stream(Kind.values()).mapToInt(Kind::weight).sum();
            int drawn = random.nextInt(sum) - LINES_WEIGHT;
            if (drawn < 0) {
                return line();
            }
            for (Kind kind : Kind.values()) {
                drawn -= kind.weight();
                if (drawn < 0) {
                    return kind;
                }
            }
            throw new IllegalStateException("weights");
        }

        private Fault line() {
            List<Side> sides = List.of(Side.values());
            Side side = sides.get(random.nextInt(sides.size()));
            List<LinkFault> possible = Stream.of(LinkFault.values())
                    .filter(trouble -> trouble != LinkFault.GARBAGE || side == Side.LEDGER)
                    .toList();
            return new Fault.Line(side, possible.get(random.nextInt(possible.size())));
        }

        private Duration lasts(Fault fault) {
            return switch (fault) {
                case Fault.Line line -> line.trouble() == LinkFault.NONE ? Duration.ZERO : millis(500, 12_000);
                case Kind kind ->
                    switch (kind) {
                        case ZOMBIE -> millis(5000, LONGEST_MILLIS);
                        case DATABASE_AWAY -> millis(2000, LONGEST_MILLIS);
                        case KILL, LEDGER_KILL -> millis(0, 4000);
                        case TERMINATE, ROLLING_RESTART, DATABASE_RESTART, FAILOVER, SCHEMA_CHANGE, UPGRADE ->
                            Duration.ZERO;
                        case LEDGER_HANG, LEDGER_SLOW, LEDGER_MUTE, LEDGER_BABBLE -> millis(500, 8000);
                        case DATABASE_LOCKED, CONNECTIONS_EXHAUSTED, POOL_EXHAUSTED, DISK_FULL -> millis(500, 8000);
                        case PARTITION, CLOCK -> millis(1000, 20_000);
                    };
            };
        }

        private Duration millis(long least, long most) {
            long longest = Math.max(least + 1, Math.min(most, length.toMillis() / 4));
            return Duration.ofMillis(least + random.nextLong(longest - least));
        }
    }
}
