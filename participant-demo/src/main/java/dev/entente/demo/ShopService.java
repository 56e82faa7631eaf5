package dev.entente.demo;

import io.grpc.BindableService;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The services of the shop. Each has a database and a usual port of its own. */
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

    /** @param kind of its tables, where several services are of one kind */
    ShopService(int usualPort, String kind) {
        this.usualPort = usualPort;
        this.kind = kind;
    }

    /** What {@code --service} and the coordinator's configuration call it: {@code "stock"}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The port under which examples in the documents call it. */
    public int usualPort() {
        return usualPort;
    }

    /** What makes its tables, on the class path. */
    String schema() {
        return "/shop/" + kind + ".sql";
    }

    /** The name of its database: {@code "shop_stock"}. */
    public String databaseName() {
        return "shop_" + label();
    }

    /**
     * The services that {@code names} list; {@code "all"} stands for every one.
     *
     * @throws IllegalArgumentException for a name that is no service's
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

    BindableService serve(Work work) {
        return switch (this) {
            case ORDER -> new OrderService(work);
            case STOCK -> new StockService(work);
            case PAYMENT -> new PaymentService(work);
            case POINTS -> new PointsService(work);
            case SHIPPING -> new ShippingService(work);
            case ACCOUNT -> new AccountService(work);
            case EAST, WEST -> new BankService(work);
            case CUSTOMER -> new CustomerService(work);
            case MAIL -> new MailService(work);
        };
    }
}
