package dev.entente.lab.demo;

import dev.entente.demo.OrderTopic;
import dev.entente.demo.ShopService;
import dev.entente.lab.judge.Invariant;
import dev.entente.lab.judge.ShopInvariants;
import dev.entente.lab.plans.EventPath;
import dev.entente.lab.scenario.Stage;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Checks that the services' databases agree about choreographed orders once nothing is on its way any more. Blocks. */
final class ChoreographyBooks {
    private static final int SHOWN = 3;

    private final Stage stage;
    private final DemoRelay relay;
    private final String prefix;
    private final Map<String, EventPath> placed;
    private final List<Invariant> invariants = new ArrayList<>();

    /**
     * @param relay of those who say what has happened
     * @param prefix of the names of all these orders, and of no others
     * @param placed how each must have gone; those that nobody could place may be among them
     */
    ChoreographyBooks(Stage stage, DemoRelay relay, String prefix, Map<String, EventPath> placed) {
        this.stage = stage;
        this.relay = relay;
        this.prefix = prefix;
        this.placed = Map.copyOf(placed);
    }

    /** Returns every invariant, with its verdict. Once. */
    List<Invariant> read() throws SQLException {
        List<String> orders = orders("select id from orders where starts_with(id, ?)", ShopService.ORDER);
        List<String> confirmed = orders.stream()
                .filter(order -> placed.get(order) == EventPath.CONFIRMED)
                .toList();
        List<String> cancelled =
                orders.stream().filter(order -> !confirmed.contains(order)).toList();
        same(
                "orders that nobody refused are CREATED, and no others",
                ShopService.ORDER,
                "select id from orders where state = 'CREATED' and starts_with(id, ?)",
                confirmed);
        same(
                "orders that somebody refused are CANCELLED, and no others",
                ShopService.ORDER,
                "select id from orders where state = 'CANCELLED' and starts_with(id, ?)",
                cancelled);
        effects(confirmed, cancelled);
        ShopInvariants shop = new ShopInvariants(stage.books());
        invariants.addAll(
                List.of(shop.paymentsConserved(), shop.stockConserved(), shop.stockHeld(), shop.pointsConserved()));
        long left = relay.pending();
        invariants.add(new Invariant("the outboxes are empty", left == 0, 1, left + " events are left"));
        chains(orders);
        return List.copyOf(invariants);
    }

    private void effects(List<String> confirmed, List<String> cancelled) throws SQLException {
        same(
                "CREATED orders are paid once, and no others",
                ShopService.PAYMENT,
                "select substr(id, 3) from payment where state = 'CHARGED' and starts_with(id, 'p-' || ?)",
                confirmed);
        same(
                "the goods of CREATED orders have left once, and no others are held",
                ShopService.STOCK,
                "select substr(id, 3) from reservation where state <> 'RELEASED' and starts_with(id, 'r-' || ?)",
                confirmed);
        same(
                "CREATED orders have one parcel, and no others",
                ShopService.SHIPPING,
                "select order_id from shipment where starts_with(order_id, ?)",
                confirmed);
        same(
                "CREATED orders earned points once, and no others",
                ShopService.POINTS,
                "select left(gid, -length('." + OrderTopic.ORDER_SHIPPED.label()
                        + "')) from entry where starts_with(gid, ?)",
                confirmed);
        same("customers were told once of CREATED orders", ShopService.MAIL, mails("Confirmed"), confirmed);
        same("customers were told once of CANCELLED orders", ShopService.MAIL, mails("Cancelled"), cancelled);
    }

    private static String mails(String subject) {
        return "select recipient from mail where subject = '" + subject + "' and starts_with(recipient, ?)";
    }

    /** Checks the coordinator's events under each order's label. */
    private void chains(List<String> orders) {
        List<String> wrong = new ArrayList<>();
        for (String order : orders) {
            CausalChain chain = CausalChain.of(stage.entente(), order);
            EventPath path = placed.get(order);
            if (path == null || !chain.is(path.gids(order))) {
                wrong.add(order + ": " + chain.gids());
            }
        }
        invariants.add(new Invariant(
                "tx list --label chain=ORDER has the order's events and no others, each behind its cause",
                wrong.isEmpty(),
                orders.size(),
                shown(wrong)));
    }

    private void same(String name, ShopService service, String sql, List<String> expected) throws SQLException {
        List<String> found = orders(sql, service);
        List<String> wrong = new ArrayList<>(found);
        expected.forEach(order -> {
            if (!wrong.remove(order)) {
                wrong.add(order);
            }
        });
        invariants.add(new Invariant(name, wrong.isEmpty(), expected.size(), "not so: " + shown(wrong)));
    }

    private static String shown(List<String> wrong) {
        return wrong.size() + " such as " + wrong.subList(0, Math.min(SHOWN, wrong.size()));
    }

    private List<String> orders(String sql, ShopService service) throws SQLException {
        return stage.books().texts(service, sql, prefix);
    }
}
