package dev.entente.lab.plans;

import java.util.Map;
import shop.v1.Fault;

/** Somebody buys pieces of one article: what the plans of such a sale have in common. */
interface Sale {
    /** The gid of its saga. */
    String gid();

    /** The account that pays. */
    String account();

    /** The article that is bought. */
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
