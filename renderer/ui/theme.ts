import { Checkbox, createTheme, Drawer, Input, Modal, Switch, Tooltip } from "@mantine/core";

/** Colours and fonts are in tokens.css: nothing is generated at run time, so no style needs an exception in the CSP. */
export const theme = createTheme({
  cursorType: "pointer",
  defaultRadius: "sm",
  respectReducedMotion: true,
  components: {
    // Locking the page's scroll would write a style element.
    Modal: Modal.extend({ defaultProps: { lockScroll: false, transitionProps: { duration: 80 } } }),
    Drawer: Drawer.extend({
      defaultProps: { lockScroll: false, position: "right", transitionProps: { duration: 80 } },
    }),
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 300, events: { hover: true, focus: true, touch: true } },
    }),
    // Hints below the field, so that fields side by side stay in line.
    InputWrapper: Input.Wrapper.extend({
      defaultProps: { inputWrapperOrder: ["label", "input", "description", "error"] },
    }),
    Checkbox: Checkbox.extend({ defaultProps: { size: "sm" } }),
    Switch: Switch.extend({ defaultProps: { size: "sm" } }),
  },
});
