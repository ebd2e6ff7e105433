import { createTheme, type CSSVariablesResolver } from "@mantine/core";

const INDIGO = [
  "#eef0fb", "#dcdff5", "#b9c0ea", "#97a1e0", "#7a86d6", "#5e6bc8", "#4653b8", "#3b46a8", "#333d92", "#272f73",
] as const;

/** Mantine's dark greys, from text to the deepest ground, with a little blue in them. */
const SLATE = [
  "#e4e6ed", "#c3c8d6", "#a0a6b8", "#737a8e", "#363b48", "#2c313c", "#20242d", "#1a1d25", "#14161c", "#0f1116",
] as const;

/** Quiet and dense: system fonts, small type, thin lines, one accent. */
export const theme = createTheme({
  colors: { indigo: INDIGO, dark: SLATE },
  primaryColor: "indigo",
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  defaultRadius: "sm",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'Liberation Mono', 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  headings: { fontWeight: "620", sizes: { h1: { fontSize: "22px" }, h2: { fontSize: "15px" }, h3: { fontSize: "14px" } } },
  components: {
    Button: { defaultProps: { size: "xs", fz: 13 } },
    TextInput: { defaultProps: { size: "sm" } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, events: { hover: true, focus: true, touch: false } } },
  },
});

/** Mantine's greys fall short of 4.5:1 for small text; these don't. */
export const colours: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#fbfbfc",
    "--mantine-color-text": "#1c2030",
    "--mantine-color-dimmed": "#596074",
    "--mantine-color-placeholder": "#666d80",
    "--mantine-color-error": "#b3261e",
    "--mantine-color-default-border": "#d9dce4",
    "--mantine-color-anchor": "#333d92",
  },
  dark: {
    "--mantine-color-body": "#14161c",
    "--mantine-color-text": "#e4e6ed",
    "--mantine-color-dimmed": "#a0a6b8",
    "--mantine-color-placeholder": "#9097aa",
    "--mantine-color-error": "#ff9b93",
    "--mantine-color-default-border": "#363b48",
    "--mantine-color-anchor": "#aab4f2",
  },
});
