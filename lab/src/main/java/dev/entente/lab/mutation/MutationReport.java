package dev.entente.lab.mutation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads PIT's {@code mutations.xml}. */
final class MutationReport {
    private String type = "";
    private String method = "";
    private String mutator = "";
    private String change = "";
    private int line;

    private MutationReport() {}

    /**
     * Returns all mutants of a report, in its order.
     *
     * @throws IOException where the file cannot be read, or is no report
     */
    static List<CodeMutant> read(Path file) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        try (InputStream in = Files.newInputStream(file)) {
            return new MutationReport().read(factory.createXMLStreamReader(in));
        } catch (XMLStreamException e) {
            throw new IOException(file + " is no report of PIT: " + e.getMessage(), e);
        }
    }

    private List<CodeMutant> read(XMLStreamReader xml) throws XMLStreamException {
        List<CodeMutant> mutants = new ArrayList<>();
        boolean isKilled = false;
        while (xml.hasNext()) {
            int event = xml.next();
            if (event == XMLStreamConstants.START_ELEMENT && xml.getLocalName().equals("mutation")) {
                isKilled = Boolean.parseBoolean(xml.getAttributeValue(null, "detected"));
            } else if (event == XMLStreamConstants.START_ELEMENT) {
                field(xml);
            } else if (event == XMLStreamConstants.END_ELEMENT
                    && xml.getLocalName().equals("mutation")) {
                mutants.add(new CodeMutant(type + "." + method, mutator, line, change, isKilled));
            }
        }
        return mutants;
    }

    private void field(XMLStreamReader xml) throws XMLStreamException {
        switch (xml.getLocalName()) {
            case "mutatedClass" -> type = afterDot(xml.getElementText()).replace('$', '.');
            case "mutatedMethod" -> method = xml.getElementText();
            case "mutator" -> mutator = afterDot(xml.getElementText()).replace("Mutator", "");
            case "lineNumber" -> line = Integer.parseInt(xml.getElementText());
            case "description" -> change = xml.getElementText();
            default -> {}
        }
    }

    private static String afterDot(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
