package dev.entente.lab.plans;

import java.util.Map;
import shop.v1.Fault;

/** Somebody buys pieces of one article: what the plans of such a sale have in common. */
interface Sale {
    /** Of its saga. */
    String gid();

    /** Who pays. */
    String account();

    /** What is bought. */
    String sku();

    /** How many. */
    int quantity();

    /** For all of them. */
    long cents();

    /** Trouble, by the step or the undo that has it. */
    Map<String, Fault> faults();

    /** The points that it earns. */
    default long points() {
        return Math.max(1, cents() / 100);
    }
}
