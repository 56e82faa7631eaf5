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
    /** It makes no sense: no row is written. */
    VALIDATE,
    /** The local transaction is rolled back, and the message with it. */
    CREATE,
    /** More is wanted than there is. */
    RESERVE("Open", "Cancel"),
    /** The customer has too little money. */
    PAY("Open", "Reserve", "Release", "Cancel"),
    /** The points service refuses. */
    POINTS("Open", "Reserve", "Charge", "Refund", "Release", "Cancel"),
    /** The carrier refuses: a believed no of the point of no return still turns the saga. */
    SHIP("Open", "Reserve", "Charge", "Add", "Take", "Refund", "Release", "Cancel"),
    /** The mail cannot be sent at first; it is tried until it can. */
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

    /** Keys of {@link #METHODS}, with blanks between them. */
    private final String effects;

    ShopFailure(String... effects) {
        this.effects = String.join(" ", effects);
    }

    /** Its name for {@code --fail}. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException where there is none of that name */
    static ShopFailure named(String step) {
        return Arrays.stream(values())
                .filter(way -> way.label().equals(step))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the shop cannot fail at '" + step + "'; use one of: "
                        + Arrays.stream(values()).map(ShopFailure::label).collect(Collectors.joining(", "))));
    }

    /** Tells whether the order is completely done in the end. */
    boolean succeeds() {
        return effects.contains("Ship");
    }

    /** The methods that leave a row in a ledger, each once. */
    List<String> effects() {
        return Stream.of(effects.split(" "))
                .filter(effect -> !effect.isEmpty())
                .map(effect -> METHODS.getOrDefault(effect, effect))
                .toList();
    }

    /** An order that fails so. */
    Purchase order(String gid) {
        return switch (this) {
            case NOWHERE, CREATE -> new Purchase(gid, "alice", "A-1", 2, 1800, Map.of());
            case VALIDATE -> new Purchase(gid, "alice", "A-1", 0, 1800, Map.of());
            case RESERVE -> new Purchase(gid, "alice", "B-1", 5, 1800, Map.of());
            case PAY -> new Purchase(gid, "carol", "A-1", 2, 1800, Map.of());
            case POINTS, SHIP ->
                new Purchase(gid, "alice", "A-1", 2, 1800, Map.of(label(), PurchaseStories.rejecting("CLOSED")));
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

    /** Tells whether the shop takes the order: of one that makes no sense, or is rolled back, nothing stays. */
    boolean isPlaced() {
        return this != VALIDATE && this != CREATE;
    }
}
