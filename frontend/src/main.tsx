import "@mantine/core/styles.css";
import "@/app/global.css";

import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { prepareClient } from "@/api/client";
import { App } from "@/app/App";

prepareClient();
const root = document.getElementById("root");
if (!root) throw new Error("The document has no #root.");
// At once, so that the page's load event finds the sign-in form in place.
flushSync(() => createRoot(root).render(<App />));
