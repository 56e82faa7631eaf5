package dev.entente.stories.demo;

import dev.entente.stories.plans.Purchase;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import shop.v1.Fault;

/** The points at which an order of the shop may fail, each with the effects that stay in the participants' ledgers. */
enum ShopFailure {
    /** No failure: every method leaves its effect. */
    NOWHERE("Open", "Reserve", "Charge", "Add", "Ship", "Close"),
    /** The order is invalid: no row is written. */
    VALIDATE,
    /** The local transaction is rolled back with its message. */
    CREATE,
    /** There are fewer pieces than the order needs. */
    RESERVE("Open", "Cancel"),
    /** The customer has too little money. */
    PAY("Open", "Reserve", "Release", "Cancel"),
    /** The points service rejects the call. */
    POINTS("Open", "Reserve", "Charge", "Refund", "Release", "Cancel"),
    /** The carrier rejects the call: a trusted rejection by the pivot still switches the saga to undo. */
    SHIP("Open", "Reserve", "Charge", "Add", "Take", "Refund", "Release", "Cancel"),
    /** The mail cannot be sent at first, and is retried until it can. */
    NOTIFY("Open", "Reserve", "Charge", "Add", "Ship", "Close");

    private static final Map<String, String> METHODS = Map.ofEntries(
            Map.entry("Open", "OrderService/Open"),
            Map.entry("Close", "OrderService/Close"),
            Map.entry("Cancel", "OrderService/Cancel"),
            Map.entry("Reserve", "StockService/Reserve"),
            Map.entry("Release", "StockService/Release"),
            Map.entry("Charge", "PaymentService/Charge"),
            Map.entry("Refund", "PaymentService/Refund"),
            Map.entry("Add", "PointsService/Add"),
            Map.entry("Take", "PointsService/Take"),
            Map.entry("Ship", "ShippingService/Create"));

    /** Keys of {@link #METHODS}, separated by blanks. */
    private final String effects;

    ShopFailure(String... effects) {
        this.effects = String.join(" ", effects);
    }

    /** Returns the name for {@code --fail}. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException if there is no point of that name */
    static ShopFailure named(String step) {
        return Arrays.stream(values())
                .filter(failure -> failure.label().equals(step))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the shop cannot fail at '" + step + "'; use one of: "
                        + Arrays.stream(values()).map(ShopFailure::label).collect(Collectors.joining(", "))));
    }

    /** Returns whether the order completes. */
    boolean succeeds() {
        return effects.contains("Ship");
    }

    /** Returns the methods that leave a row in a ledger, each once. */
    List<String> effects() {
        return Stream.of(effects.split(" "))
                .filter(effect -> !effect.isEmpty())
                .map(effect -> METHODS.getOrDefault(effect, effect))
                .toList();
    }

    /** Returns an order that fails at this point. */
    Purchase order(String gid) {
        return switch (this) {
            case NOWHERE, CREATE -> new Purchase(gid, "alice", "A-1", 2, 1800, Map.of());
            case VALIDATE -> new Purchase(gid, "alice", "A-1", 0, 1800, Map.of());
            case RESERVE -> new Purchase(gid, "alice", "B-1", 5, 1800, Map.of());
            case PAY -> new Purchase(gid, "carol", "A-1", 2, 1800, Map.of());
            case POINTS, SHIP ->
                new Purchase(gid, "alice", "A-1", 2, 1800, Map.of(label(), PurchaseScenarios.rejecting("CLOSED")));
            case NOTIFY ->
                new Purchase(
                        gid,
                        "alice",
                        "A-1",
                        2,
                        1800,
                        Map.of(label(), Fault.newBuilder().setFailTimes(3).build()));
        };
    }

    /** Returns whether the shop accepts the order. An invalid or rolled-back order leaves nothing. */
    boolean isPlaced() {
        return this != VALIDATE && this != CREATE;
    }
}
