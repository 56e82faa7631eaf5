package dev.entente.stories.demo;

import dev.entente.client.Entente;
import dev.entente.stories.plans.NewOrder;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A client process that makes an order with its message and stops at a given point, to be killed there. Prints one line
 * when it stops at the point, or when it is done.
 */
final class OrderClient {
    private final Point point;

    private OrderClient(Point point) {
        this.point = point;
    }

    /** The point at which a client stops. */
    enum Point {
        BEFORE_BEGIN("before it begins the message"),
        AFTER_BEGIN("between the begin of the message and the local transaction"),
        IN_LOCAL_TRANSACTION("in the local transaction"),
        AFTER_LOCAL_COMMIT("between the local commit and the commit of the message"),
        AFTER_COMMIT("before it receives the response to the commit"),
        NOWHERE("nowhere");

        private final String text;

        Point(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }

        /** Returns whether the client's local transaction is committed at this point. */
        boolean isCommitted() {
            return compareTo(IN_LOCAL_TRANSACTION) > 0;
        }
    }

    /** @param arguments coordinator, JDBC URL of the orders, gid, point, pid of the parent (the client ends with it) */
    public static void main(String[] arguments) throws Exception {
        long parent = Long.parseLong(arguments[arguments.length - 1]);
        Thread.ofVirtual().start(() -> {
            ProcessHandle.of(parent).ifPresent(alive -> alive.onExit().join());
            Runtime.getRuntime().halt(1);
        });
        new OrderClient(Point.valueOf(arguments[3])).run(arguments[0], arguments[1], arguments[2]);
        System.out.println("done");
        System.exit(0);
    }

    private void run(String coordinator, String jdbc, String gid) throws SQLException {
        PGSimpleDataSource orders = new PGSimpleDataSource();
        orders.setUrl(jdbc);
        ManagedChannel channel = Grpc.newChannelBuilder(coordinator, InsecureChannelCredentials.create())
                .build();
        Channel watched = ClientInterceptors.intercept(channel, new Stops());
        try (Entente entente = Entente.builder(watched).build()) {
            NewOrder order = new NewOrder(gid, "alice");
            order.message(entente).runAndSubmit(orders, connection -> insert(order, connection));
        } finally {
            channel.shutdownNow();
        }
    }

    private int insert(NewOrder order, Connection connection) throws SQLException {
        int inserted = order.insert(connection);
        stopAt(Point.IN_LOCAL_TRANSACTION);
        return inserted;
    }

    private void stopAt(Point here) {
        if (point == here) {
            System.out.println(here);
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Stops before a call, or before the call's response is delivered. */
    private final class Stops implements ClientInterceptor {
        @Override
        public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
            boolean isBegin = method.getFullMethodName()
                    .equals(TransactionServiceGrpc.getBeginTransactionMethod().getFullMethodName());
            boolean isCommit = method.getFullMethodName()
                    .equals(TransactionServiceGrpc.getCommitTransactionMethod().getFullMethodName());
            if (isBegin) {
                stopAt(Point.BEFORE_BEGIN);
            } else if (isCommit) {
                stopAt(Point.AFTER_LOCAL_COMMIT);
            }
            Point answered = isBegin ? Point.AFTER_BEGIN : isCommit ? Point.AFTER_COMMIT : Point.NOWHERE;
            return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
                @Override
                public void start(Listener<R> listener, Metadata headers) {
                    super.start(
                            new SimpleForwardingClientCallListener<>(listener) {
                                @Override
                                public void onClose(Status status, Metadata trailers) {
                                    if (answered != Point.NOWHERE && status.isOk()) {
                                        stopAt(answered);
                                    }
                                    super.onClose(status, trailers);
                                }
                            },
                            headers);
                }
            };
        }
    }
}
