package dev.entente.lab.crash;

import dev.entente.client.Entente;
import dev.entente.client.Saga;
import dev.entente.lab.plans.Purchase;
import dev.entente.lab.plans.Transfer;
import dev.entente.lab.plans.Trouble;
import dev.entente.v1.Pattern;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import shop.v1.Fault;

/** A seeded mix of everything that can happen to sagas and TCC transactions. */
public final class Mix implements CrashWorkload.Operation {
    private final Entente entente;

    public Mix(Entente entente) {
        this.entente = entente;
    }

    @Override
    public CrashJob of(String gid, Random random) {
        Fault slow = Trouble.slow(random);
        Fault losing = slow.toBuilder().setLoseAnswers(1).build();
        Fault failing = slow.toBuilder().setFailTimes(1).build();
        Fault no = Trouble.rejecting("NOT_TODAY");
        long cents = 1L + random.nextInt(500);
        return switch (random.nextInt(10)) {
            case 0 -> purchase(gid, random, Map.of());
            case 1 ->
                CrashJob.of(saga(gid, random, Map.of("reserve", slow)).delay(Duration.ofMillis(random.nextInt(500))));
            case 2 -> purchase(gid, random, Map.of("charge", losing));
            case 3 -> purchase(gid, random, Map.of("add-points", no, "refund", slow));
            case 4 -> purchase(gid, random, Map.of("ship", no, "release", slow));
            case 5 -> purchase(gid, random, Map.of("charge", no, "cancel-order", failing));
            case 6 -> transfer(gid, random, cents, slow);
            case 7 -> transfer(gid, random, 2 * Customers.OPENING_CENTS, slow);
            case 8 -> transfer(gid, random, 1, losing);
            default -> interactive(Customers.transfer(gid, random, cents, slow), false);
        };
    }

    private CrashJob purchase(String gid, Random random, Map<String, Fault> faults) {
        return CrashJob.of(saga(gid, random, faults));
    }

    private Saga saga(String gid, Random random, Map<String, Fault> faults) {
        long cents = 1L + random.nextInt(500);
        return new Purchase(gid, Customers.account(random), Customers.sku(random), 1, cents, faults).saga(entente);
    }

    private CrashJob transfer(String gid, Random random, long cents, Fault settling) {
        return CrashJob.of(Customers.transfer(gid, random, cents, settling).declared(entente));
    }

    /**
     * The client calls the tries itself, and decides.
     *
     * @param takenBack whether it decides against it
     */
    public static CrashJob interactive(Transfer transfer, boolean takenBack) {
        return new CrashJob(transfer.gid(), Pattern.TCC, Transfer.BRANCHES, (entente, accepted) -> {
            try {
                transfer.begun(entente).execute(scope -> {
                    accepted.run();
                    transfer.tryIn(scope, entente);
                    if (takenBack) {
                        throw new SecondThoughts();
                    }
                    return transfer.gid();
                });
            } catch (SecondThoughts itsOwn) {
                // The client's own exception comes back to the client.
            }
        });
    }

    private static final class SecondThoughts extends Exception {
        private static final long serialVersionUID = 1;
    }
}
