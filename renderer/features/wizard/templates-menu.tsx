/** Plans under names: what was decided once, for the next hundred servers. */
import { ActionIcon, Button, Menu, Modal, TextInput } from "@mantine/core";
import { IconTemplate, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";

const longestName = 80;

export function TemplatesMenu() {
  const { wizard, common } = useTexts();
  const text = wizard.templates;
  const actions = useActions();
  const templates = useApp((state) => state.templates);
  const [isManaging, setManaging] = useState(false);
  const apply = (name: string) => {
    const template = templates.find((each) => each.name === name);
    if (template === undefined) return;
    const isRead = actions.useTemplate(template);
    actions.notify({
      tone: isRead ? "done" : "failed",
      text: isRead ? text.used(name) : text.unreadable(name),
      failure: null,
    });
  };
  return (
    <>
      <Menu onOpen={() => void actions.readTemplates()} position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<IconTemplate size={16} aria-hidden />}>
            {text.title}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{templates.length === 0 ? text.none : text.use}</Menu.Label>
          {templates.map(({ name }) => (
            <Menu.Item key={name} onClick={() => apply(name)}>
              {name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => setManaging(true)}>{text.manage}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={isManaging}
        onClose={() => setManaging(false)}
        title={text.manage}
        closeButtonProps={{ "aria-label": common.close }}
      >
        <TemplateList />
      </Modal>
    </>
  );
}

function TemplateList() {
  const { wizard, common } = useTexts();
  const text = wizard.templates;
  const format = useFormats();
  const actions = useActions();
  const templates = useApp((state) => state.templates);
  const [name, setName] = useState("");
  const trimmed = name.trim();
  const isKnown = templates.some((each) => each.name === trimmed);
  const save = async () => {
    if (trimmed !== "" && (await actions.saveTemplate(trimmed, text.saved(trimmed)))) setName("");
  };
  return (
    <div className="stack">
      <p className="dim">{text.lead}</p>
      <form
        className="stack-tight"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <TextInput
          label={text.name}
          value={name}
          maxLength={longestName}
          description={isKnown ? text.replaces : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <div>
          <Button type="submit" disabled={trimmed === ""}>
            {text.save}
          </Button>
        </div>
      </form>
      <ul className="template-list">
        {templates.map((template) => (
          <li key={template.name} className="template-line">
            <span className="grow">
              <strong>{template.name}</strong>{" "}
              <span className="dim">{format.dateTime(Date.parse(template.savedAt))}</span>
            </span>
            <ActionIcon
              variant="subtle"
              aria-label={format.labelled(common.remove, template.name)}
              onClick={() => void actions.removeTemplate(template.name)}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </li>
        ))}
      </ul>
    </div>
  );
}
