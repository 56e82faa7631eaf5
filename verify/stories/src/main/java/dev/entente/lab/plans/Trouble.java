package dev.entente.lab.plans;

import java.util.Random;
import shop.v1.Fault;

/** Faults of participants that many plans ask for. */
public final class Trouble {
    private Trouble() {}

    /** Keeps a call busy for a while, so that kills find it under way. */
    public static Fault slow(Random random) {
        return Fault.newBuilder().setDelayMs(50 + random.nextInt(400)).build();
    }

    /** Says no, for that reason. */
    public static Fault rejecting(String reason) {
        return Fault.newBuilder().setReject(reason).build();
    }
}
