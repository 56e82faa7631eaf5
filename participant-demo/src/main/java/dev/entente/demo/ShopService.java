package dev.entente.demo;

import io.grpc.BindableService;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The participants of the demo shop. Each participant has a database and a usual port of its own. */
public enum ShopService {
    ORDER(7805),
    STOCK(7801),
    PAYMENT(7802),
    POINTS(7803),
    SHIPPING(7804),
    ACCOUNT(7806),
    EAST(7807, "bank"),
    WEST(7808, "bank"),
    CUSTOMER(7809),
    MAIL(7810);

    private final int usualPort;
    private final String kind;

    ShopService(int usualPort) {
        this.usualPort = usualPort;
        this.kind = label();
    }

    /** @param kind the kind of the tables, which several services may share */
    ShopService(int usualPort, String kind) {
        this.usualPort = usualPort;
        this.kind = kind;
    }

    /** Returns the name for {@code --service} and for the coordinator's configuration: {@code "stock"}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the port that the examples in the documents use. */
    public int usualPort() {
        return usualPort;
    }

    /** Returns the resource with the statements that create the tables. */
    String schema() {
        return "/shop/" + kind + ".sql";
    }

    /** Returns the name of the service's database: {@code "shop_stock"}. */
    public String databaseName() {
        return "shop_" + label();
    }

    /**
     * Returns the services with these names; {@code "all"} selects every service.
     *
     * @throws IllegalArgumentException if a service does not exist
     */
    static List<ShopService> named(List<String> names) {
        if (names.contains("all")) {
            return List.of(values());
        }
        return names.stream().map(ShopService::named).distinct().toList();
    }

    private static ShopService named(String name) {
        return Arrays.stream(values())
                .filter(service -> service.label().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no service '" + name + "'; use all or one of: "
                        + String.join(
                                ", ",
                                Arrays.stream(values()).map(ShopService::label).toList())));
    }

    /** Returns the gRPC services: the operations, and the reactions to events. */
    List<BindableService> serve(Work work) {
        return switch (this) {
            case ORDER -> List.of(new OrderService(work), new OrderEvents(work));
            case STOCK -> List.of(new StockService(work), new StockEvents(work));
            case PAYMENT -> List.of(new PaymentService(work), new PaymentEvents(work));
            case POINTS -> List.of(new PointsService(work), new PointsEvents(work));
            case SHIPPING -> List.of(new ShippingService(work), new ShippingEvents(work));
            case ACCOUNT -> List.of(new AccountService(work));
            case EAST, WEST -> List.of(new BankService(work));
            case CUSTOMER -> List.of(new CustomerService(work));
            case MAIL -> List.of(new MailService(work), new MailEvents(work));
        };
    }
}
