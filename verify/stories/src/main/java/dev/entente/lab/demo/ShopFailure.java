package dev.entente.lab.demo;

import dev.entente.lab.plans.ShopOrder;
import dev.entente.lab.plans.Trouble;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
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

    /** Half of them go well. */
    static ShopFailure any(Random random) {
        return random.nextBoolean() ? NOWHERE : values()[random.nextInt(values().length)];
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
    ShopOrder order(String gid) {
        return switch (this) {
            case NOWHERE, CREATE -> new ShopOrder(gid, "alice", "A-1", 2, 1800, Map.of());
            case VALIDATE -> new ShopOrder(gid, "alice", "A-1", 0, 1800, Map.of());
            case RESERVE -> new ShopOrder(gid, "alice", "B-1", 5, 1800, Map.of());
            case PAY -> new ShopOrder(gid, "carol", "A-1", 2, 1800, Map.of());
            case POINTS, SHIP ->
                new ShopOrder(gid, "alice", "A-1", 2, 1800, Map.of(label(), Trouble.rejecting("CLOSED")));
            case NOTIFY ->
                new ShopOrder(
                        gid,
                        "alice",
                        "A-1",
                        2,
                        1800,
                        Map.of(label(), Fault.newBuilder().setFailTimes(3).build()));
        };
    }

    /** Takes the order to the desk; false where nothing follows from it. Blocks. */
    boolean place(OrderDesk desk, ShopOrder order) throws SQLException {
        return switch (this) {
            case VALIDATE -> {
                boolean refused = OrderDesk.isRefused(order);
                if (!refused) {
                    desk.place(order, false);
                }
                yield !refused;
            }
            case CREATE -> {
                desk.place(order, true);
                yield false;
            }
            case NOWHERE, RESERVE, PAY, POINTS, SHIP, NOTIFY -> {
                desk.place(order, false);
                yield true;
            }
        };
    }
}
