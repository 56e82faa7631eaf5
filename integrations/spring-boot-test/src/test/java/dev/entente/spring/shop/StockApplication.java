package dev.entente.spring.shop;

import com.google.protobuf.StringValue;
import dev.entente.participant.AnswerFormat;
import dev.entente.spring.RejectedAs;
import dev.entente.spring.TransactionalBarrier;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** A service that reserves goods, over HTTP and over gRPC. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({StockApplication.Stock.class, StockApplication.Controller.class})
class StockApplication {
    static final MethodDescriptor<StringValue, StringValue> RESERVE = method("Reserve");
    static final MethodDescriptor<StringValue, StringValue> RELEASE = method("Release");

    private static MethodDescriptor<StringValue, StringValue> method(String name) {
        return MethodDescriptor.<StringValue, StringValue>newBuilder()
                .setType(MethodType.UNARY)
                .setFullMethodName("shop.Stock/" + name)
                .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                .build();
    }

    @RejectedAs("SOLD_OUT")
    static class SoldOut extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** The goods that orders have reserved. */
    static class Stock {
        private final JdbcClient jdbc;

        Stock(JdbcClient jdbc) {
            this.jdbc = jdbc;
            jdbc.sql("create table reserved (item varchar(100) not null)").update();
        }

        String reserve(String item) {
            if (item.contains("sold-out")) {
                throw new SoldOut();
            }
            jdbc.sql("insert into reserved values (?)").param(item).update();
            return item;
        }

        String release(String item) {
            jdbc.sql("delete from reserved where item = ?").param(item).update();
            return item;
        }

        int reserved(String item) {
            return jdbc.sql("select count(*) from reserved where item = ?")
                    .param(item)
                    .query(Integer.class)
                    .single();
        }
    }

    @RestController
    static class Controller {
        private static final AnswerFormat<String> TEXT =
                AnswerFormat.text("", Function.identity(), Function.identity());

        private final Stock stock;
        private final TransactionalBarrier barrier;

        Controller(Stock stock, TransactionalBarrier barrier) {
            this.stock = stock;
            this.barrier = barrier;
        }

        @PostMapping("/reservations")
        @Transactional
        public String reserve(@RequestBody String item) {
            return barrier.run(TEXT, () -> stock.reserve(item));
        }

        @PostMapping("/releases")
        @Transactional
        public String release(@RequestBody String item) {
            return barrier.run(TEXT, () -> stock.release(item));
        }
    }

    @Bean
    BindableService stockService(Stock stock, TransactionalBarrier barrier) {
        return () -> ServerServiceDefinition.builder("shop.Stock")
                .addMethod(RESERVE, ServerCalls.asyncUnaryCall((item, answer) -> {
                    answer.onNext(run(barrier, item, stock::reserve));
                    answer.onCompleted();
                }))
                .addMethod(RELEASE, ServerCalls.asyncUnaryCall((item, answer) -> {
                    answer.onNext(run(barrier, item, stock::release));
                    answer.onCompleted();
                }))
                .build();
    }

    private static StringValue run(TransactionalBarrier barrier, StringValue item, UnaryOperator<String> body) {
        return barrier.run(StringValue.getDefaultInstance(), () -> StringValue.of(body.apply(item.getValue())));
    }
}
