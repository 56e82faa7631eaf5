package dev.entente.spring;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonView;
import dev.entente.participant.AnswerFormat;
import dev.entente.participant.Branch;
import dev.entente.spring.MarkedApplication.Ledger;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Id;
import jakarta.persistence.PreUpdate;
import jakarta.persistence.Version;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.hibernate.annotations.CreationTimestamp;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An application with barriered handlers of each kind that wraps all other responses. */
final class BarrieredAnswersApplication {
    private BarrieredAnswersApplication() {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Ledger.class, Receipts.class, Wrapping.class})
    static class Application {}

    /** Wraps every response, as some applications do. */
    @RestControllerAdvice
    static class Wrapping implements ResponseBodyAdvice<Object> {
        @Override
        public boolean supports(MethodParameter type, Class<? extends HttpMessageConverter<?>> converter) {
            return true;
        }

        @Override
        public Object beforeBodyWrite(
                @Nullable Object body,
                MethodParameter type,
                MediaType selected,
                Class<? extends HttpMessageConverter<?>> converter,
                ServerHttpRequest request,
                ServerHttpResponse response) {
            return Map.of("wrapped", Objects.requireNonNullElse(body, ""));
        }
    }

    /** A receipt with properties that cannot be read from JSON. */
    static class Receipt {
        @JsonProperty(access = JsonProperty.Access.READ_ONLY)
        public final String number = UUID.randomUUID().toString();

        @JsonView(Public.class)
        public String getTwice() {
            return number + number;
        }
    }

    interface Public {}

    static final class StampedReceipt extends Receipt {
        public final OffsetDateTime at = OffsetDateTime.parse("2026-01-02T10:00:00.120+08:00");
    }

    record Typed(Receipt receipt, List<Receipt> all) {}

    @Entity(name = "Stored")
    static class Stored {
        @Id
        public String id = "";

        @Version
        public int version;

        @CreationTimestamp
        public @Nullable Instant createdAt;

        public String note = "";

        public @Nullable Instant changedAt;

        @PreUpdate
        void stamp() {
            changedAt = Instant.now();
        }
    }

    @RestController
    @Barriered
    static class Receipts {
        private final Ledger ledger;
        private final EntityManager jpa;

        Receipts(Ledger ledger, EntityManager jpa) {
            this.ledger = ledger;
            this.jpa = jpa;
        }

        @PostMapping("/read-only/{id}")
        Receipt readOnly(@PathVariable String id) {
            ledger.write(id);
            return new Receipt();
        }

        @PostMapping("/subclass/{id}")
        Receipt subclass(@PathVariable String id) {
            ledger.write(id);
            return new StampedReceipt();
        }

        @PostMapping("/nested/{id}")
        Typed nested(@PathVariable String id) {
            ledger.write(id);
            return new Typed(new StampedReceipt(), List.of(new Receipt(), new StampedReceipt()));
        }

        @PostMapping("/view/{id}")
        @JsonView(Public.class)
        Receipt view(@PathVariable String id) {
            ledger.write(id);
            return new Receipt();
        }

        @PostMapping("/entity/{id}")
        Stored entity(@PathVariable String id) {
            ledger.write(id);
            Stored stored = new Stored();
            stored.id = id;
            jpa.persist(stored);
            jpa.flush();
            stored.note = "changed";
            return stored;
        }

        @PostMapping("/entity-inside/{id}")
        @Transactional
        public Stored entityInside(@PathVariable String id) {
            return entity(id);
        }

        @PostMapping("/map/{id}")
        Map<String, Object> map(@PathVariable String id) {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("receipt", ledger.write(id));
            map.put("amount", new BigDecimal("1.10"));
            map.put("large", new BigDecimal("12345678901234567.89"));
            map.put("at", OffsetDateTime.parse("2026-01-02T10:00:00+08:00"));
            map.put("absent", null);
            return map;
        }

        @PostMapping("/object/{id}")
        Object object(@PathVariable String id) {
            return map(id);
        }

        @PostMapping("/node/{id}")
        JsonNode node(@PathVariable String id) {
            ledger.write(id);
            return new JsonMapper().createObjectNode().put("amount", new BigDecimal("1.10"));
        }

        @PostMapping("/bytes/{id}")
        byte[] bytes(@PathVariable String id) {
            return new byte[] {(byte) ledger.write(id), 0, (byte) 0xff};
        }

        @PostMapping(path = "/text/{id}", produces = "text/plain;charset=ISO-8859-1")
        String text(@PathVariable String id) {
            return "gr\u00fc\u00dft " + ledger.write(id);
        }

        @PostMapping("/void/{id}")
        void none(@PathVariable String id) {
            ledger.write(id);
        }

        @PostMapping("/number/{id}")
        int number(@PathVariable String id) {
            return ledger.write(id);
        }

        @PostMapping("/created/{id}")
        @ResponseStatus(HttpStatus.CREATED)
        Receipt created(@PathVariable String id) {
            ledger.write(id);
            return new Receipt();
        }

        @PostMapping("/nothing-created/{id}")
        @ResponseStatus(HttpStatus.CREATED)
        void nothingCreated(@PathVariable String id) {
            ledger.write(id);
        }

        @PostMapping("/response-entity/{id}")
        ResponseEntity<Object> responseEntity(@PathVariable String id) {
            return ResponseEntity.accepted()
                    .header("x-receipt", "" + ledger.write(id))
                    .body(new Receipt());
        }

        @PostMapping("/headers/{id}")
        HttpHeaders headers(@PathVariable String id) {
            HttpHeaders headers = new HttpHeaders();
            headers.add("x-receipt", "" + ledger.write(id));
            return headers;
        }

        @PostMapping("/set-status/{id}")
        Receipt setStatus(@PathVariable String id, HttpServletResponse response) {
            response.setStatus(HttpServletResponse.SC_ACCEPTED);
            response.addHeader("x-receipt", "" + ledger.write(id));
            return new Receipt();
        }

        @PostMapping("/native/{id}")
        void nativeRequest(@PathVariable String id, NativeWebRequest request) throws IOException {
            HttpServletResponse response = Objects.requireNonNull(request.getNativeResponse(HttpServletResponse.class));
            response.setStatus(HttpServletResponse.SC_ACCEPTED);
            response.setContentType("text/csv");
            response.getOutputStream().write(("a;" + ledger.write(id)).getBytes(StandardCharsets.UTF_8));
        }

        @PostMapping("/writer/{id}")
        void writer(@PathVariable String id, Writer writer) throws IOException {
            writer.write("written " + ledger.write(id));
        }

        @PostMapping("/refused-status/{id}")
        Receipt refusedStatus(@PathVariable String id, HttpServletResponse response) {
            ledger.write(id);
            response.setStatus(HttpServletResponse.SC_CONFLICT);
            return new Receipt();
        }

        @PostMapping("/refused-entity/{id}")
        @Transactional
        public ResponseEntity<ProblemDetail> refusedEntity(@PathVariable String id) {
            ProblemDetail problem = ProblemDetail.forStatusAndDetail(
                    HttpStatus.UNPROCESSABLE_CONTENT, "number " + ledger.write(id) + " is too large");
            return ResponseEntity.of(problem).build();
        }

        @PostMapping("/refused-not-found/{id}")
        ResponseEntity<Receipt> refusedNotFound(@PathVariable String id) {
            ledger.write(id);
            return ResponseEntity.status(HttpStatus.NOT_FOUND).body(new Receipt());
        }

        @PostMapping("/refused-error/{id}")
        void refusedError(@PathVariable String id, HttpServletResponse response) throws IOException {
            response.sendError(HttpServletResponse.SC_CONFLICT, "no chair " + ledger.write(id));
        }

        @PostMapping("/refused-exception/{id}")
        void refusedException(@PathVariable String id) throws MarkedApplication.NoMoney {
            ledger.write(id);
            throw new MarkedApplication.NoMoney();
        }

        @PostMapping("/later/{id}")
        @Transactional
        public ResponseEntity<String> later(@PathVariable String id) {
            int number = ledger.write(id);
            return ResponseEntity.status(number % 2 == 0 ? 503 : 200).body("number " + number);
        }

        @PostMapping("/returned/{id}")
        String forward(@PathVariable String id) {
            ledger.write(id);
            return Branch.required()
                    .forwardResponse(AnswerFormat.text("", text -> text, text -> text))
                    .orElse("none");
        }

        @PostMapping("/bare/{id}")
        @Barriered(bareCalls = true)
        Receipt bare(@PathVariable String id) {
            ledger.write(id);
            return new Receipt();
        }
    }
}
